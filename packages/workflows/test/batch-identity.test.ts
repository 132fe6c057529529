import { expect, inject, test } from "vitest";
import { batchWorkflowId, OtherBatchError } from "../src/index.ts";
import { openBatchWorld } from "./support/batch-world.ts";
import { openWorld, type Row } from "./support/world.ts";

const rows = Array.from({ length: 300 }, (_, at): Row => [`T${at}`, "r"]);

test("a batch of the same id in another ledger is not taken for one that was started, however long that runs", async () => {
  await using world = await openBatchWorld(inject("temporalAddress"), {}, { maxHistoryEvents: 40 });
  const record = await world.plan(rows, { ticketsPerChunk: 3 });
  await world.batches.start(record);
  await using elsewhere = await openWorld();
  const { id, endpoint } = record;
  const other = await elsewhere.plan(rows, { id, endpoint, ticketsPerChunk: 3 });
  await expect(world.batches.start(other)).rejects.toThrow(OtherBatchError);
  await world.batches.summary(id);
  // It has continued as new by now.
  const { events } = await world.client.workflow.getHandle(batchWorkflowId(id)).fetchHistory();
  expect(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).not.toBe("");
  await expect(world.batches.start(other)).rejects.toMatchObject({ batchId: id, isRunning: false });
  expect(await world.batches.start(record)).toEqual({ wasStarted: true });
});
