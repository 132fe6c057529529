import { fileURLToPath } from "node:url";
import { NativeConnection, Worker } from "@temporalio/worker";
import { expect, inject, test } from "vitest";
import { batchWorkflowId, BatchStoppedError, endpointKey, laneWorkflowId } from "../src/index.ts";
import { LANE_WORKFLOW } from "../src/workflow/contracts.ts";
import { taskQueueOf } from "../src/workflow/task-queues.ts";
import { until } from "@caselink/test-support";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";

const ROWS = Array.from({ length: 20 }, (_, at): Row => [`T${at}`, "r"]);

/** Runs a worker with workflows that do something else, until the workflow has done it. */
async function workElsewhere({ client, simulator }: TemporalHarness, workflowId: string): Promise<void> {
  const connection = await NativeConnection.connect({ address: inject("temporalAddress") });
  const worker = await Worker.create({
    connection,
    taskQueue: taskQueueOf(simulator.url),
    workflowsPath: fileURLToPath(new URL("support/other-workflows.ts", import.meta.url)),
  });
  await worker.runUntil(async () => {
    const handle = client.workflow.getHandle(workflowId);
    await until(
      async () => (await handle.fetchHistory()).events ?? [],
      (events) => events.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes),
    );
  });
  await connection.close();
}

test("a batch whose history cannot be replayed fails instead of standing still, and starts again on its ledger", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, client, simulator } = harness;
  await harness.stopWorker();
  const record = await harness.plan(ROWS);
  await batches.start(record);
  await workElsewhere(harness, batchWorkflowId(record.id));
  await harness.startWorker();
  await client.workflow.getHandle(batchWorkflowId(record.id)).signal("anything"); // wakes the workflow up
  const failure = await batches.summary(record.id).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BatchStoppedError);
  expect(failure).toMatchObject({ how: "failed", message: expect.stringContaining("Nondeterminism") });
  expect(await batches.start(record)).toEqual({ wasStarted: false });
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: 20 });
  expect(simulator.counts().create).toBe(20);
});

test("a lane whose history cannot be replayed fails, and its batch orders again", async () => {
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
