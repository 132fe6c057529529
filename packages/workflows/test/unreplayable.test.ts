import { expect, inject, test } from "vitest";
import { batchWorkflowId, endpointKey, laneWorkflowId } from "../src/index.ts";
import { readRun } from "../src/client/carried-state.ts";
import { findHalted, type HaltedWorkflow, replaceHalted } from "../src/client/halted-workflows.ts";
import { LANE_WORKFLOW } from "../src/workflow/contracts.ts";
import { taskQueueOf } from "../src/workflow/task-queues.ts";
import { until } from "@caselink/test-support";
import type { Row } from "./support/engine-harness.ts";
import { failTasks, startElsewhere, takeTask, workElsewhere } from "./support/unreplayable-history.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";

const ROWS = Array.from({ length: 20 }, (_, at): Row => [`T${at}`, "r"]);
/** A batch takes longer than the pause after which an action is sent again. */
const SLOW = { latencyMs: 5_000 };
/** In its fourth attempt at a task a workflow is halted. */
const FAILURES = 3;

test("a batch whose history cannot be replayed goes on in a new run, and who awaits its end gets it", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, simulator } = harness;
  const record = await startElsewhere(harness, ROWS);
  // Temporal's SDK reports only the first failed attempt: without it, the history has no sign of the failures.
  await takeTask(harness);
  const summary = batches.summary(record.id);
  await harness.startWorker();
  expect(await summary).toMatchObject({ state: "completed", created: 20 });
  expect(simulator.counts().create).toBe(20);
});

test("a lane whose history cannot be replayed ends, and its batch orders again", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, client, simulator } = harness;
  await harness.stopWorker();
  const record = await harness.plan(ROWS);
  const key = endpointKey(record.endpoint);
  const [lane = ""] = Object.keys(record.chunks);
  const workflowId = laneWorkflowId(key, lane);
  const taskQueue = taskQueueOf(simulator.url);
  await client.workflow.start(LANE_WORKFLOW, { workflowId, taskQueue, args: [{ endpointKey: key, lane }] });
  await workElsewhere(harness, workflowId);
  await harness.startWorker();
  await batches.start(record);
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: 20 });
  expect(simulator.counts().create).toBe(20);
});

test("a paused batch stays paused in its new run, with its rate and its account", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, simulator } = harness;
  const record = await startElsewhere(harness, ROWS, async ({ id }) => {
    await batches.pause(id);
    await batches.resume(id, { account: "bob" });
    await batches.setMaxRate(id, 500);
    await batches.pause(id);
  });
  await failTasks(harness, FAILURES);
  await harness.startWorker();
  const progress = await until(
    () => batches.progress(record.id).catch(() => undefined),
    (found) => found !== undefined,
  );
  expect(progress).toMatchObject({ phase: "paused", maxRate: 500, settledTickets: 0 });
  expect(simulator.counts().create).toBe(0);
  const bob = await harness.addWorker({ account: "bob" });
  await batches.resume(record.id);
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: 20 });
  await bob[Symbol.asyncDispose]();
});

test("a cancelled batch is cancelled in its new run", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches } = harness;
  const record = await startElsewhere(harness, ROWS, ({ id }) => batches.cancel(id));
  await failTasks(harness, FAILURES);
  await harness.startWorker();
  expect(await batches.summary(record.id)).toMatchObject({ state: "cancelled", cancelled: 20 });
});

test.for([
  { what: "meets a halted batch", failures: FAILURES },
  { what: "waits for a worker when its batch is halted", failures: 0 },
])("an action that $what reaches the new run", async ({ failures }) => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), SLOW);
  const { batches } = harness;
  const record = await startElsewhere(harness, ROWS);
  if (failures === 0) await takeTask(harness);
  else await failTasks(harness, failures);
  const paused = batches.pause(record.id);
  await harness.startWorker();
  expect(await paused).toBe("paused");
  expect(await batches.progress(record.id)).toMatchObject({ phase: "paused" });
});

test("what operators wanted before a batch continued as new counts, too", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), SLOW, { maxHistoryEvents: 10 });
  const { batches, client } = harness;
  const record = await harness.plan(ROWS);
  await batches.start(record);
  const batch = client.workflow.getHandle(batchWorkflowId(record.id));
  const { runId } = await batch.describe();
  await batches.setMaxRate(record.id, 7);
  await batches.pause(record.id);
  await until(
    () => batch.describe(),
    (found) => found.runId !== runId,
  );
  const { input, carried } = await readRun(client, batch);
  expect(input).toMatchObject({ batchId: record.id, tickets: 20 });
  const { startedAt } = (await batches.progress(record.id)) ?? {};
  expect(carried).toEqual({ startedAt, isPaused: true, isCancelled: false, maxRate: 7 });
});

test("a batch that is halted in its new run, too, gets more attempts before the next one", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { client, simulator } = harness;
  const taskQueue = taskQueueOf(simulator.url);
  const replace = async (halted: HaltedWorkflow | undefined) => halted && replaceHalted(client, taskQueue, halted);
  await startElsewhere(harness, ROWS);
  expect(await findHalted(client, taskQueue)).toEqual([]);
  await failTasks(harness, FAILURES);
  const [first] = await findHalted(client, taskQueue);
  expect(await replace(first)).toBe(true);
  // As another worker that found it, too.
  expect(await replace(first)).toBe(false);
  expect(await findHalted(client, taskQueue)).toEqual([]);
  await failTasks(harness, FAILURES);
  const [second] = await findHalted(client, taskQueue);
  expect(second).toMatchObject({ workflowId: first?.workflowId, attempt: 4 });
  expect(await replace(second)).toBe(false);
  await failTasks(harness, 2);
  const [third] = await findHalted(client, taskQueue);
  expect(third).toMatchObject({ runId: second?.runId, attempt: 6 });
  expect(await replace(third)).toBe(true);
});
