import { expect, inject, test } from "vitest";
import { until } from "@caselink/test-support";
import { batchWorkflowId } from "../src/index.ts";
import { readRun } from "../src/client/carried-state.ts";
import { HaltedWorkflows } from "../src/client/halted-workflows.ts";
import { CHUNK_WORKED_SIGNAL } from "../src/workflow/contracts.ts";
import { taskQueueOf } from "../src/workflow/task-queues.ts";
import { report } from "./support/batch-reports.ts";
import type { Row } from "./support/engine-harness.ts";
import { failTasks, startElsewhere } from "./support/unreplayable-history.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";

const ROWS = Array.from({ length: 20 }, (_, at): Row => [`T${at}`, "r"]);
/** The batch does not end before a test has acted. */
const SUSPENDED = { suspended: true };
/** After so many failed attempts at a task a workflow is halted. */
const FAILURES = 3;

/** The first progress that the new run responds with: queries of a halted batch fail. */
const firstProgress = ({ batches }: TemporalHarness, id: string) =>
  until(
    () => batches.progress(id).catch(() => undefined),
    (progress) => progress !== undefined,
  );

const onFailure = (error: unknown) => expect(error).toBeUndefined();

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
  const progress = await firstProgress(harness, record.id);
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

test("a batch that the API's misbehaviour blocked stays blocked in its new run, until a resume", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, client } = harness;
  const record = await startElsewhere(harness, ROWS, async ({ id }) => {
    await batches.resume(id);
    await batches.resume(id);
    const waitReason = { kind: "behaviour", reason: "the API replaces associations" };
    await client.workflow
      .getHandle(batchWorkflowId(id))
      .signal(CHUNK_WORKED_SIGNAL, { ...report("f", 0), turn: Date.now() + 60_000, waitReason });
  });
  await failTasks(harness, FAILURES);
  await harness.startWorker();
  const progress = await firstProgress(harness, record.id);
  expect(progress).toMatchObject({ phase: "blocked", waitReason: { kind: "behaviour" } });
  const { carried } = await readRun(client, client.workflow.getHandle(batchWorkflowId(record.id)));
  expect(carried).toMatchObject({ resumes: 2 });
  await batches.resume(record.id);
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: 20 });
});

test("what operators wanted before a batch continued as new counts, too", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), SUSPENDED, { maxHistoryEvents: 10 });
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
  expect(carried).toEqual({ startedAt, isPaused: true, isCancelled: false, maxRate: 7, resumes: 0 });
});

test("what operators wanted counts after a reset of the workflow, too", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), SUSPENDED);
  const { batches, client } = harness;
  const record = await harness.plan(ROWS);
  await batches.start(record);
  await batches.setMaxRate(record.id, 7);
  await batches.pause(record.id);
  const workflowId = batchWorkflowId(record.id);
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const firstTask = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed)?.eventId;
  await client.workflowService.resetWorkflowExecution({
    namespace: "default",
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: firstTask ?? null,
    requestId: "reset",
    reason: "test",
  });
  const batch = client.workflow.getHandle(workflowId);
  expect((await readRun(client, batch)).carried).toMatchObject({ isPaused: true, maxRate: 7 });
});

test("a batch that is halted in its new run, too, gets more attempts before the next one", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { client, simulator } = harness;
  const replaced: number[] = [];
  const workflows = new HaltedWorkflows({
    client,
    taskQueue: taskQueueOf(simulator.url),
    onReplaced: ({ failures }) => replaced.push(failures),
    onFailure,
  });
  await startElsewhere(harness, ROWS);
  await workflows.look();
  for (let failures = 0; failures < 4; failures++) {
    await failTasks(harness, 1);
    await workflows.look();
  }
  expect(replaced).toEqual([3]);
  for (let failures = 0; failures < 4; failures++) {
    await failTasks(harness, 1);
    await workflows.look();
  }
  expect(replaced).toEqual([3, 5]);
});

test("a process replaces no run whose task has not failed since it came", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, client, simulator } = harness;
  const replaced: string[] = [];
  const taskQueue = taskQueueOf(simulator.url);
  const workflows = new HaltedWorkflows({
    client,
    taskQueue,
    onReplaced: ({ runId }) => replaced.push(runId),
    onFailure,
  });
  await harness.stopWorker();
  const record = await harness.plan(ROWS);
  await batches.start(record);
  await failTasks(harness, FAILURES);
  await workflows.look();
  await workflows.look();
  expect(replaced).toEqual([]);
  await harness.startWorker();
  const { runId } = await client.workflow.getHandle(batchWorkflowId(record.id)).describe();
  expect(await batches.summary(record.id)).toMatchObject({ created: 20 });
  expect((await client.workflow.getHandle(batchWorkflowId(record.id)).describe()).runId).toBe(runId);
});
