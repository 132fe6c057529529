import { carryOn } from "../carry-on.ts";
import type { BatchRecord } from "@caselink/ledger";
import type { ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "../same-api.ts";
import { isComplete } from "../screen/summary-screen.ts";
import type { Settings } from "../settings.ts";
import { UserError } from "../user-error.ts";
import { knownBatch } from "./known-batch.ts";

/** Removes exactly the associations that a batch created: a durable batch of its own, that can be taken up again. */
export async function undo(id: string, settings: Settings, output: Output): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  if (record.kind === "undo")
    throw new UserError(`batch ${id} is an undo itself; run the input of ${record.of ?? "its batch"} again instead`);
  if (!(await settings.ledger.summary(id))) {
    throw new UserError(
      `batch ${id} is not finished: end it first with caselink attach ${id} or caselink cancel ${id}`,
    );
  }
  requireSameApi(record, settings);
  const undoRecord = await undoOf(record, settings);
  if (undoRecord.counts.to_send === 0) output.progress(`Batch ${id} created nothing: there is nothing to remove.`);
  else
    output.progress(
      `Undo ${undoRecord.id}: removes the ${undoRecord.counts.to_send} associations that batch ${id} created.`,
    );
  return carryOn(undoRecord, settings, output);
}

/** The undo that is under way or done; a new one where the last did not remove everything. */
async function undoOf(record: BatchRecord, { ledger }: Settings): Promise<BatchRecord> {
  const earlier = (await ledger.batches()).filter((other) => other.kind === "undo" && other.of === record.id);
  for (const other of earlier) {
    const summary = await ledger.summary(other.id);
    if (!summary || isComplete(summary)) return other;
  }
  return ledger.planUndo(record.id, `undo-${earlier.length + 1}-${record.id}`.slice(0, 64));
}
