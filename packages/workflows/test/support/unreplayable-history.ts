import { fileURLToPath } from "node:url";
import { NativeConnection, Worker } from "@temporalio/worker";
import { inject } from "vitest";
import type { BatchRecord } from "@caselink/ledger";
import { until } from "@caselink/test-support";
import { batchWorkflowId } from "../../src/index.ts";
import { taskQueueOf } from "../../src/workflow/task-queues.ts";
import type { Row } from "./engine-harness.ts";
import type { TemporalHarness } from "./temporal-harness.ts";

/** Stops the harness's worker and starts a batch with workflow code that does something else: its history cannot be replayed. */
export async function startElsewhere(
  harness: TemporalHarness,
  rows: Row[],
  meanwhile?: (record: BatchRecord) => Promise<unknown>,
): Promise<BatchRecord> {
  await harness.stopWorker();
  const record = await harness.plan(rows);
  await harness.batches.start(record);
  await workElsewhere(harness, batchWorkflowId(record.id), () => meanwhile?.(record));
  // Wakes the workflow up.
  await harness.client.workflow.getHandle(batchWorkflowId(record.id)).signal("anything");
  return record;
}

/** Runs a worker with workflows that do something else, until the workflow has done it. */
export async function workElsewhere(
  { client, simulator }: TemporalHarness,
  workflowId: string,
  meanwhile?: () => Promise<unknown> | undefined,
): Promise<void> {
  const connection = await NativeConnection.connect({ address: inject("temporalAddress") });
  const worker = await Worker.create({
    connection,
    taskQueue: taskQueueOf(simulator.url),
    workflowsPath: fileURLToPath(new URL("other-workflows.ts", import.meta.url)),
  });
  await worker.runUntil(async () => {
    const handle = client.workflow.getHandle(workflowId);
    await until(
      async () => (await handle.fetchHistory()).events ?? [],
      (events) => events.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes),
    );
    await meanwhile?.();
  });
  await connection.close();
}

/** Takes the next tasks of the harness's workflows, as a worker whose attempts fail. */
export async function failTasks({ client, simulator }: TemporalHarness, count: number): Promise<void> {
  for (let failures = 0; failures < count; failures++) {
    const { request, taskToken } = await takeTask({ client, simulator });
    await client.connection.workflowService.respondWorkflowTaskFailed({ ...request, taskToken });
  }
}

/** Takes the next task of the harness's workflows, as a worker that is lost with it. */
export async function takeTask({ client, simulator }: Pick<TemporalHarness, "client" | "simulator">) {
  const { connection } = client;
  const request = { namespace: "default", taskQueue: { name: taskQueueOf(simulator.url) }, identity: "test" };
  const { taskToken } = await connection.withDeadline(Date.now() + 600_000, () =>
    connection.workflowService.pollWorkflowTaskQueue(request),
  );
  return { request, taskToken };
}
