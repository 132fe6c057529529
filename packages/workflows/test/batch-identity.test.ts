import { expect, inject, test } from "vitest";
import { batchWorkflowId, OtherBatchError } from "../src/index.ts";
import { openTemporalHarness } from "./support/temporal-harness.ts";
import { openEngineHarness, type Row } from "./support/engine-harness.ts";

const rows = Array.from({ length: 120 }, (_, at): Row => [`T${at}`, "r"]);

test("a batch of another ledger with the same id does not count as this one, while it runs and after its end", async () => {
  await using harness = await openTemporalHarness(inject("temporalAddress"), {}, { maxHistoryEvents: 20 });
  const record = await harness.plan(rows, { ticketsPerChunk: 3 });
  await harness.batches.start(record);
  await using elsewhere = await openEngineHarness();
  const { id, endpoint } = record;
  const other = await elsewhere.plan(rows, { id, endpoint, ticketsPerChunk: 3 });
  await expect(harness.batches.start(other)).rejects.toThrow(OtherBatchError);
  await harness.batches.summary(id);
  // It has continued as new by now.
  const { events } = await harness.client.workflow.getHandle(batchWorkflowId(id)).fetchHistory();
  expect(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).not.toBe("");
  await expect(harness.batches.start(other)).rejects.toMatchObject({ batchId: id, isRunning: false });
  expect(await harness.batches.start(record)).toEqual({ wasStarted: true });
});
