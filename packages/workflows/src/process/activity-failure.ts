import { ApplicationFailure, CancelledFailure } from "@temporalio/activity";
import { LedgerError, type LedgerErrorCode } from "@caselink/ledger";
import { LeaseLostError } from "../chunk/lane-lease.ts";
import type { ChunkFailure } from "../workflow/contracts.ts";

/** Temporary failures: the turn continues in its lane, because one of its writes may be ambiguous. */
const TEMPORARY: ReadonlySet<LedgerErrorCode> = new Set(["unreachable", "unavailable", "conflict"]);

/** After this many attempts the failure reaches the workflow, which decides whether the lane may be left and shows the reason. */
const ATTEMPTS = 3;

/** Converts an error for Temporal. A failure that is not temporary reaches the workflow after the first attempt. */
export function toActivityFailure(error: unknown, attempt: number, facts?: ChunkFailure): unknown {
  if (error instanceof CancelledFailure) return error;
  const isLost = error instanceof LeaseLostError;
  const details: ChunkFailure[] = facts ? [{ ...facts, ...(isLost && heldBy(error)) }] : [];
  return ApplicationFailure.create({
    message: error instanceof Error ? error.message : String(error),
    type: error instanceof LedgerError ? "Ledger" : isLost ? "LeaseLost" : "Chunk",
    nonRetryable: isLost || !isTemporary(error) || attempt >= ATTEMPTS,
    details,
    ...(error instanceof Error && { cause: error }),
  });
}

function isTemporary(error: unknown): boolean {
  if (error instanceof LedgerError) return TEMPORARY.has(error.code);
  return !(error instanceof ApplicationFailure);
}

function heldBy({ lease }: LeaseLostError): Pick<ChunkFailure, "heldBy"> {
  if (!lease) return {};
  return { heldBy: { token: lease.token, turn: lease.epoch, isReleased: lease.released } };
}
