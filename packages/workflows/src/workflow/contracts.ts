/**
 * Names and messages that Temporal stores: renaming one breaks running batches.
 * Pure: workflow code imports this module.
 */
import type { BatchKind, BatchSummary, Outcome, UndoOutcome } from "@caselink/ledger";

export const BATCH_WORKFLOW = "caselinkBatch";
export const LANE_WORKFLOW = "caselinkLane";

export const CHUNK_WORKED_SIGNAL = "chunkWorked";
export const BATCH_REMOVED_SIGNAL = "batchRemoved";
export const OFFER_SIGNAL = "offer";
export const REMOVE_BATCH_SIGNAL = "removeBatch";
export const PAUSE_BATCH_SIGNAL = "pauseBatch";
export const RESUME_BATCH_SIGNAL = "resumeBatch";
export const SET_MAX_RATE_SIGNAL = "setMaxRate";
export const PROGRESS_QUERY = "progress";
export const CANCEL_UPDATE = "cancel";
export const PAUSE_UPDATE = "pause";
export const RESUME_UPDATE = "resume";
export const SET_MAX_RATE_UPDATE = "setMaxRate";

/** Well under the 4,096 events at which the server suggests to continue as new; a server may never suggest it. */
export const MAX_HISTORY_EVENTS = 2_000;

/** The lanes of an endpoint, and their input if a message has to start them. */
export interface LaneAddress {
  endpointKey: string;
  maxHistoryEvents?: number;
}

/**
 * Identifies an API endpoint by its host, its port if it is not the scheme's default, and its path.
 * Task queues and lanes contain the key, so a worker never runs a batch that is meant for another API.
 */
export function endpointKey(endpoint: string): string {
  const url = new URL(endpoint);
  return `${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

/** The lane that works all chunks of an endpoint on a symmetric API, where a write changes tickets of two lanes. */
export const SHARED_LANE = "all";
export const batchWorkflowId = (batchId: string): string => `caselink-batch:${batchId}`;
export const laneWorkflowId = (key: string, lane: string): string => `caselink-lane:${key}:${lane}`;

export type RowOutcome = Outcome | UndoOutcome;
export type OutcomeCounts = Partial<Record<RowOutcome, number>>;

/** Why there is no progress although no row is at fault. */
export interface WaitReason {
  /**
   * `credentials`: the API rejects the credentials. `permission`: this account has no permission to use the API.
   * `endpoint`: there is no such API at this address. `unavailable`: the API cannot be reached or is failing.
   * `slow-down`: the API asks for fewer requests. `behaviour`: it does not behave as documented. `worker`: the worker
   * cannot read the batch.
   */
  kind: "credentials" | "permission" | "endpoint" | "unavailable" | "slow-down" | "behaviour" | "worker";
  /** One line for people; never a secret. */
  reason: string;
  code?: string;
  httpStatus?: number;
  /** No worker of the batch's account takes a chunk: no failure, so this time does not count towards giving up. */
  hasNoWorker?: true;
  /** The time until the API accepts requests again, in milliseconds from the report, if it is longer than a turn waits for. */
  retryAfterMs?: number;
}

/** Consecutive chunks of one lane, by index, that a batch offers to the lane. */
export interface ChunkRange {
  from: number;
  /** First index after the range. */
  to: number;
  /** The chunks' lane, if the shared lane is offered them. */
  lane?: string;
}

export interface Offer {
  batchId: string;
  kind: BatchKind;
  /** The account whose workers work the chunks; absent: those with a token. */
  account?: string;
  /** Counts up within a batch: a lane ignores an offer that it already has. */
  offer: number;
  ranges: ChunkRange[];
  /** How long a write may stay ambiguous before its row ends as `failed`; stands still while an operator has to act. */
  giveUpAfterMs: number;
  maxRate?: MaxRate;
}

/** Requests per second of each worker process; null: no maximum. If it is absent, the planned maximum holds. */
export type MaxRate = number | null;

export interface RateChange {
  maxRate: MaxRate;
}

export interface BatchReference {
  batchId: string;
}

export interface LaneInput {
  endpointKey: string;
  lane: string;
  /** Events after which the workflow continues as new; default {@link MAX_HISTORY_EVENTS}. */
  maxHistoryEvents?: number;
  state?: LaneStateData;
}

export interface WaitingBatch {
  batchId: string;
  kind: BatchKind;
  /** The account whose workers work the chunks; absent: those with a token. */
  account?: string;
  /** No worker of the account took the last chunk: the batch waits until one is there. */
  isUnattended?: true;
  giveUpAfterMs: number;
  isPaused: boolean;
  /** How often the batch was resumed: each resume starts new checks of the API. */
  resumes: number;
  ranges: ChunkRange[];
  maxRate?: MaxRate;
}

export interface LaneStateData {
  batches: WaitingBatch[];
  /** Number of the last offer, by batch. */
  offers: Record<string, number>;
  /** Consecutive turns that ended with a wait reason. */
  failedTurns: number;
  /** The batch and the end of the last turn that sent a write. */
  lastWrite?: { batchId: string; endedAt: number };
  /** The lowest number that the next turn may have: one more than the highest that the lane has used or seen in a lease. */
  leastTurn?: number;
}

export interface ChunkTask {
  batchId: string;
  kind: BatchKind;
  /** The account whose workers work the chunk; absent: those with a token. */
  account?: string;
  lane: string;
  index: number;
  /** Names the turn: workflow time in milliseconds at its start. A snapshot is valid for its own turn only. */
  turn: number;
  /** Counts the runs of the activity within the turn, from 0. */
  pass: number;
  /** The turn to acquire the lease with, if it is not `turn`: another attempt holds the lease with a later turn. */
  leaseTurn?: number;
  /** After this time no further ticket is started, so that other batches and the operator get their turn. */
  budgetMs: number;
  /** How often the batch was resumed: after each resume the API is checked again. */
  resumes: number;
  /** The time to give up has come: rows that stay ambiguous end as failed. */
  isLast: boolean;
  /** The shared lane works the chunk. */
  isShared?: true;
  maxRate?: MaxRate;
}

export interface ChunkCounts {
  /** Rows of the chunk by outcome, over all turns so far. */
  outcomes: OutcomeCounts;
  /** Tickets of the chunk whose rows are all settled. */
  settledTickets: number;
}

/** The details of a chunk activity's heartbeats: what the attempt has settled since it started. */
export interface ChunkHeartbeat extends ChunkCounts {
  batchId: string;
}

export interface ChunkResult {
  /** Absent if the chunk could not be opened. */
  counts?: ChunkCounts;
  /** Tickets that were not started in this turn, or stopped by no fault of their own. */
  deferred: number;
  /** Tickets with a temporary failure and no ambiguous write. */
  retryable: number;
  /** Tickets with a write that may have been executed. */
  ambiguous: number;
  /** A write was sent: reads may not show it for a while. */
  hasWritten?: boolean;
  waitReason?: WaitReason;
  /** The API is symmetric: only the shared lane may write to it. */
  needsSharedLane?: boolean;
}

/** The facts that a chunk which failed as a whole states in the details of its failure. */
export interface ChunkFailure {
  /** Certainly no write was sent in this turn, so none can be ambiguous. */
  nothingSent: boolean;
  /** The attempt that holds the lane's lease instead. */
  heldBy?: { token: string; turn: number; isReleased: boolean };
}

export interface ChunkReport extends ChunkResult {
  /** The start of the turn: workflow time in milliseconds. */
  turn: number;
  lane: string;
  index: number;
  /** The lane needs no further turn for the chunk: no ticket is deferred. */
  isDone: boolean;
}

export interface BatchRemoved {
  lane: string;
}

export interface BatchInput {
  batchId: string;
  kind: BatchKind;
  endpointKey: string;
  /** The account whose workers work the batch; absent: those with a token. */
  account?: string;
  /** Chunks by lane. */
  chunks: Record<string, number>;
  rows: number;
  tickets: number;
  giveUpAfterMs: number;
  /** The server knows the search attributes. A server that does not would reject them, and the batch would not progress. */
  isSearchable?: boolean;
  /** The planned maximum of requests per second of each worker process. */
  maxRate?: number;
  /** Events after which batch and lanes continue as new; default {@link MAX_HISTORY_EVENTS}. */
  maxHistoryEvents?: number;
  state?: BatchStateData;
}

export type BatchPhase = "running" | "paused" | "blocked" | "cancelling" | "finishing" | "completed" | "cancelled";

/** A chunk that waits for its next round. */
export interface WaitingChunk {
  lane: string;
  index: number;
  /** Rounds that ended with retryable tickets. */
  rounds: number;
  /**
   * The start of the first of these rounds, or the last resume, in milliseconds since 1970. After `giveUpAfterMs` from then
   * the chunk gets no more rounds.
   */
  since: number;
  /** Milliseconds since 1970; absent while the lane has the chunk. */
  dueAt?: number;
}

/** The times are in milliseconds since 1970. */
export interface BatchStateData {
  startedAt: number;
  offer: number;
  /** By lane: index of the first chunk whose first round has not ended. */
  next: Record<string, number>;
  waiting: WaitingChunk[];
  /** The counts in the last report of each unfinished chunk: the next report adds only the difference. */
  partial: Record<string, ChunkCounts>;
  outcomes: OutcomeCounts;
  settledTickets: number;
  waitReason?: WaitReason;
  /** When the wait reason was reported. */
  waitingSince?: number;
  /** The start of a time without progress; absent while there is progress, and while the batch is paused or blocked. */
  failingSince?: number;
  /** The maximum that an operator set, if one did. */
  maxRate?: MaxRate;
  /** The batch moves to the shared lane. `lanes`: those that still have to give back its chunks; absent: not asked yet. */
  move?: { lanes?: string[] };
  /** The shared lane works all chunks. */
  isShared?: boolean;
  /** When an operator last resumed the batch. */
  resumedAt?: number;
  isPaused: boolean;
  isCancelled: boolean;
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
  waitReason?: WaitReason;
  /** When the wait reason was reported, in milliseconds since 1970. */
  waitingSince?: number;
  /** When the batch continues, in milliseconds since 1970, if the API's limit allows no request until then. */
  retryAt?: number;
  /** Associations show on both tickets and count for both, so one lane works the batch. */
  isSymmetric?: boolean;
  /** Maximum requests per second of each worker process; absent: no maximum. */
  maxRate?: number;
  startedAt: number;
  summary?: BatchSummary;
}
