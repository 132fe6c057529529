import { until } from "@caselink/test-support";
import { expect, inject, test } from "vitest";
import { readOpenBatches } from "../src/observe/open-batches.ts";
import { taskQueueOf } from "../src/workflow/task-queues.ts";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";

const rows = Array.from({ length: 40 }, (_, at): Row => [`T${at}`, "r"]);

test("the open batches of an API count by state and reason, also on a worker that started after their last event", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const read = () => readOpenBatches(harness.client, taskQueueOf(harness.simulator.url));
  expect(await read()).toEqual([]);
  const [paused, unattended] = [await harness.plan(rows), await harness.plan(rows, { account: "away" })];
  // The batch cannot end before it is cancelled, however late the pause comes.
  harness.simulator.failNext({ operation: "create", ticket: "T0", fault: "http503", times: 1_000_000 });
  await harness.batches.start(paused);
  await harness.batches.start(unattended);
  await harness.batches.pause(paused.id);
  const expected = [
    { state: "paused", reason: undefined, count: 1 },
    { state: "waiting", reason: "no-worker", count: 1 },
  ];
  const isExpected = (found: Awaited<ReturnType<typeof read>>) =>
    found.length === 2 && found.every(({ state }) => state === "paused" || state === "waiting");
  const inOrder = (found: Awaited<ReturnType<typeof read>>) =>
    found.sort((one, other) => one.state.localeCompare(other.state));
  expect(inOrder(await until(read, isExpected))).toEqual(expected);
  await harness.stopWorker();
  await harness.startWorker();
  expect(inOrder(await until(read, isExpected))).toEqual(expected);
  for (const { id } of [paused, unattended]) {
    await harness.batches.cancel(id);
    await harness.batches.summary(id);
  }
  await until(read, (found) => found.length === 0);
});
