import type { BatchRecord } from "@caselink/ledger";
import type { OtherBatchError } from "@caselink/workflows";
import { closeEngine } from "../engine/engine.ts";
import { UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";

/** The message for a batch whose id Temporal knows from another ledger, and the way on. */
export function otherBatch({ message, batchId, startedAt, isRunning }: OtherBatchError): UserError {
  const at = startedAt.toISOString();
  return new UserError(
    isRunning
      ? `${message}.\n  It was started at ${at} and is still running; nothing was sent.\n  Choose another id with --batch, or set CASELINK_LEDGER to that ledger.\n  If this ledger was restored from a backup, let Temporal forget that batch:\n  temporal workflow delete --workflow-id caselink-batch:${batchId}`
      : `${message}.\n  It was started at ${at} and has ended; nothing was sent.\n  Choose another id with --batch, or set CASELINK_LEDGER to that ledger.\n  If this ledger was restored from a backup, let Temporal forget that batch:\n  temporal workflow delete --workflow-id caselink-batch:${batchId}`,
  );
}

/**
 * Checks a new id before its plan is stored. Otherwise a batch that runs under this id would work the rows of that plan.
 * A Temporal that cannot be asked is left to the start.
 * @throws {UserError} if Temporal has a batch of that id, for example because the ledger was restored from a backup
 */
export async function requireNewId(record: BatchRecord, settings: Settings, output: Output): Promise<void> {
  if (settings.isLocal || (await settings.ledger.batch(record.id))) return;
  const { openEngine } = await import("../engine/open-engine.ts"); // loads Temporal
  const { OtherBatchError } = await import("@caselink/workflows");
  const engine = await openEngine(settings, output, { withWorker: false }).catch(() => undefined);
  if (!engine) return;
  try {
    await engine.batches.requireSamePlan(record);
  } catch (error) {
    if (error instanceof OtherBatchError) throw otherBatch(error);
  } finally {
    await closeEngine(engine, output);
  }
}
