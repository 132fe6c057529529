// Workers and batches of another version send what this one does not know, or leave something out.
import { isObject } from "@caselink/common";
import type { BatchProgress, ChunkHeartbeat, TurnProgress } from "../workflow/contracts.ts";

/** The details of a heartbeat, of any version. Undefined if they name no batch; a turn that cannot be read is left out. */
export function readHeartbeat(details: unknown): ChunkHeartbeat | undefined {
  if (!isObject(details) || typeof details.batchId !== "string") return undefined;
  const { batchId, turns, maxRate } = details;
  return {
    batchId,
    turns: Array.isArray(turns) ? turns.filter(isTurn) : [],
    ...(typeof maxRate === "number" && { maxRate }),
  };
}

function isTurn(value: unknown): value is TurnProgress {
  return (
    isObject(value) &&
    typeof value.lane === "string" &&
    typeof value.turn === "number" &&
    typeof value.settledTickets === "number" &&
    isObject(value.outcomes) &&
    Object.values(value.outcomes).every((count) => typeof count === "number")
  );
}

/** The fields that an earlier version leaves out, with their defaults. */
const UNSAID = {
  outcomes: {},
  waitingChunks: 0,
  ambiguousTickets: 0,
  countedTurns: {},
  openLanes: [],
} satisfies Partial<BatchProgress>;

/** The progress of a batch, whose workflow may be of an earlier version. */
export function completeProgress(progress: BatchProgress): BatchProgress {
  return { ...UNSAID, ...progress };
}
