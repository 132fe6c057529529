import { expect, inject, test } from "vitest";
import { endpointKey, laneWorkflowId } from "../src/index.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

const rowsOf = (name: string): Row[] => Array.from({ length: 64 }, (_, at): Row => [`T${at}`, name]);

test("lanes without work end automatically, and start again with the next batch", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const first = await harness.plan(rowsOf("a"));
  await harness.batches.start(first);
  const { created, finished_at: finishedAt } = await harness.batches.summary(first.id);
  expect(created).toBe(64);
  const key = endpointKey(first.endpoint);
  const lanes = Object.keys(first.chunks).map((lane) => harness.client.workflow.getHandle(laneWorkflowId(key, lane)));
  await Promise.all(lanes.map((lane) => lane.result()));
  for (const { status, closeTime } of await Promise.all(lanes.map((lane) => lane.describe()))) {
    expect([status.name, closeTime && closeTime.getTime() > Date.parse(finishedAt)]).toEqual(["COMPLETED", true]);
  }
  const second = await harness.plan(rowsOf("b"));
  await harness.batches.start(second);
  expect(await harness.batches.summary(second.id)).toMatchObject({ created: 64 });
});
