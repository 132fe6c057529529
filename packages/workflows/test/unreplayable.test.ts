import { expect, inject, test } from "vitest";
import { batchWorkflowId, endpointKey, laneWorkflowId } from "../src/index.ts";
import { LANE_WORKFLOW } from "../src/workflow/contracts.ts";
import { taskQueueOf } from "../src/workflow/task-queues.ts";
import type { Row } from "./support/engine-harness.ts";
import { failTasks, startElsewhere, takeTask, workElsewhere } from "./support/unreplayable-history.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";

const ROWS = Array.from({ length: 20 }, (_, at): Row => [`T${at}`, "r"]);
/** The batch does not end before an action reaches it. */
const SUSPENDED = { suspended: true };

test("a batch whose history cannot be replayed goes on in a new run, and a client that awaits its end gets it", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, simulator } = harness;
  const record = await startElsewhere(harness, ROWS);
  // Temporal's SDK reports only the first failed attempt: without it, the history has no sign of the failures.
  await takeTask(harness);
  const summary = batches.summary(record.id);
  await harness.startWorker();
  expect(await summary).toMatchObject({ state: "completed", created: 20 });
  expect(simulator.counts().written).toBe(20);
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
  expect(simulator.counts().written).toBe(20);
});

test("a batch is found although the messages of its lanes begin new series of attempts", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"));
  const { batches, client } = harness;
  const record = await startElsewhere(harness, ROWS);
  const batch = client.workflow.getHandle(batchWorkflowId(record.id));
  const messages = setInterval(() => void batch.signal("anything").catch(() => undefined), 2_000);
  await harness.startWorker();
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: 20 });
  clearInterval(messages);
});

test.for([
  { what: "meets a halted batch", failures: 3 },
  { what: "waits for a worker when its batch is halted", failures: 0 },
])("an action that $what reaches the new run", async ({ failures }) => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), SUSPENDED);
  const { batches } = harness;
  const record = await startElsewhere(harness, ROWS);
  if (failures === 0) await takeTask(harness);
  else await failTasks(harness, failures);
  const paused = batches.pause(record.id);
  await harness.startWorker();
  expect(await paused).toBe("paused");
  expect(await batches.progress(record.id)).toMatchObject({ phase: "paused" });
});
