import type { BatchSummary, Outcome, UndoOutcome } from "@caselink/ledger";
import type { WaitReason } from "./access-contracts.ts";

export type RowOutcome = Outcome | UndoOutcome;

export type OutcomeCounts = Partial<Record<RowOutcome, number>>;

export interface ChunkCounts {
  /** Rows of the chunk by outcome, over all turns so far. */
  outcomes: OutcomeCounts;
  /** Tickets of the chunk whose rows are all settled. */
  settledTickets: number;
}

/** The rows and tickets that one attempt of a turn has settled so far. */
export interface TurnProgress extends ChunkCounts {
  /** The chunk's lane. */
  lane: string;
  /** The start of the turn, as in its report. */
  turn: number;
}

/** The details of a chunk activity's heartbeats. */
export interface ChunkHeartbeat {
  batchId: string;
  /** The maximum of requests per second of the process, if it has one. */
  maxRate?: number;
  /** All turns of the batch that the process works, so that a follower asks for one lane of each process. */
  turns: TurnProgress[];
}

export type BatchPhase = "running" | "paused" | "blocked" | "cancelling" | "finishing" | "completed" | "cancelled";

/** Tickets that were settled from `since` until `until`, in milliseconds since 1970: about a minute, less after a change. */
export interface RecentlySettled {
  since: number;
  until: number;
  tickets: number;
}

/** The answer to the `progress` query. */
export interface BatchProgress {
  phase: BatchPhase;
  rows: number;
  tickets: number;
  settledTickets: number;
  outcomes: OutcomeCounts;
  /** Chunks with tickets that failed with a temporary error and wait for their next round. */
  waitingChunks: number;
  /** Ambiguous tickets: a write may have been executed, and they could not be read since. */
  ambiguousTickets: number;
  waitReason?: WaitReason;
  /** When the wait reason was reported, in milliseconds since 1970. */
  waitingSince?: number;
  /** When the batch continues, in milliseconds since 1970, if the API's limit allows no request until then. */
  retryAt?: number;
  /** Associations show on both tickets and count for both, so one lane works the batch. */
  isSymmetric?: boolean;
  /** Maximum requests per second of each worker process; absent: no maximum. */
  maxRate?: number;
  /** The lowest of the maximums that workers of the batch have of their own, in requests per second; absent: none is known. */
  workerMaxRate?: number;
  startedAt: number;
  recently?: RecentlySettled;
  /** By lane: the start of the last turn whose report is counted. */
  countedTurns: Record<string, number>;
  /** The lanes that may work chunks of the batch. */
  openLanes: string[];
  summary?: BatchSummary;
}
