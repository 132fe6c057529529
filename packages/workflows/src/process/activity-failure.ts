import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { LedgerError, type LedgerErrorCode } from "@caselink/ledger";
import { LeaseLostError } from "../chunk/lane-lease.ts";

/** Temporary failures: another attempt may do better. */
const TEMPORARY: ReadonlySet<LedgerErrorCode> = new Set(["unreachable", "unavailable", "conflict"]);

/** After this many attempts the failure reaches the lane, which shows the reason and serves other batches meanwhile. */
const ATTEMPTS = 3;

/** Converts an error for Temporal. A failure that is not temporary reaches the workflow after the first attempt. */
export function toActivityFailure(error: unknown, attempt: number): unknown {
  if (error instanceof CancelledFailure) return error;
  const isLost = error instanceof LeaseLostError;
  return ApplicationFailure.create({
    message: error instanceof Error ? error.message : String(error),
    type: error instanceof LedgerError ? "Ledger" : isLost ? "LeaseLost" : "Chunk",
    nonRetryable: isLost || !isTemporary(error) || attempt >= ATTEMPTS,
    ...(error instanceof Error && { cause: error }),
  });
}

function isTemporary(error: unknown): boolean {
  if (error instanceof LedgerError) return TEMPORARY.has(error.code);
  return !(error instanceof ApplicationFailure);
}
