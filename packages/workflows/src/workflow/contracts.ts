/**
 * Names and messages that live in Temporal: persistent, so that renaming one breaks running batches.
 * Pure: workflow code imports this module.
 */
import type { BatchKind, BatchSummary, Outcome, UndoOutcome } from "@caselink/ledger";

export const BATCH_WORKFLOW = "caselinkBatch";
export const LANE_WORKFLOW = "caselinkLane";

export const CHUNK_WORKED_SIGNAL = "chunkWorked";
export const LANE_RELEASED_SIGNAL = "laneReleased";
export const OFFER_SIGNAL = "offer";
export const WITHDRAW_SIGNAL = "withdraw";
export const HOLD_SIGNAL = "hold";
export const WAKE_SIGNAL = "wake";
export const RATE_SIGNAL = "rate";
export const PROGRESS_QUERY = "progress";
export const CANCEL_UPDATE = "cancel";
export const PAUSE_UPDATE = "pause";
export const RESUME_UPDATE = "resume";
export const RATE_UPDATE = "rate";

/** Well under the 4,096 events at which the server suggests to continue as new, and bounded where it never does. */
export const MAX_HISTORY_EVENTS = 2_000;

/** The lanes of an endpoint, and what a message to them starts them with where they do not run. */
export interface LaneAddress {
  endpointKey: string;
  maxHistoryEvents?: number;
}

/**
 * What belongs to one API endpoint: its host, its port where it is not the scheme's, and its path.
 * Task queue and lanes carry it, so that a worker never runs a batch that is meant for another API.
 */
export function endpointKey(endpoint: string): string {
  const url = new URL(endpoint);
  return `${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

export const taskQueueOf = (endpoint: string): string => `caselink:${endpointKey(endpoint)}`;
export const batchWorkflowId = (batchId: string): string => `caselink-batch:${batchId}`;
export const laneWorkflowId = (key: string, lane: string): string => `caselink-lane:${key}:${lane}`;

export type RowOutcome = Outcome | UndoOutcome;
export type OutcomeCounts = Partial<Record<RowOutcome, number>>;

/** Why work stands still through no fault of a row. */
export interface Trouble {
  /**
   * `credentials`: the API refuses who we are. `permission`: it lets us do nothing at all. `endpoint`: there is no such
   * API at this address. `unavailable`: the API cannot be reached or is failing. `slow-down`: it asks for fewer requests.
   * `behaviour`: it does not do what is documented. `worker`: the worker cannot read the batch.
   */
  kind: "credentials" | "permission" | "endpoint" | "unavailable" | "slow-down" | "behaviour" | "worker";
  /** One line for people; never a secret. */
  reason: string;
  code?: string;
  httpStatus?: number;
}

/** A run of chunks of one lane, by index, that a batch offers to the lane. */
export interface ChunkRange {
  from: number;
  /** First index after the range. */
  to: number;
}

export interface Offer {
  batchId: string;
  kind: BatchKind;
  /** Counts up within a batch: a lane ignores an offer that it has already taken. */
  offer: number;
  ranges: ChunkRange[];
  /** So long a write may stay in doubt before its row ends as `failed`; not counted while an operator has to act. */
  giveUpAfterMs: number;
  maxRate?: MaxRate;
}

/** Requests a second of each worker process; null: none. Where it is absent, what the batch was planned with holds. */
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
  carried?: LaneCarried;
}

export interface WaitingBatch {
  batchId: string;
  kind: BatchKind;
  giveUpAfterMs: number;
  held: boolean;
  /** How often the batch was resumed: each time it may try again what stopped it. */
  wakes: number;
  ranges: ChunkRange[];
  maxRate?: MaxRate;
}

export interface LaneCarried {
  batches: WaitingBatch[];
  /** Highest offer taken, by batch. */
  offers: Record<string, number>;
  /** Consecutive turns that met trouble. */
  troubles: number;
  /** Of the last turn that has written: its batch, and when it ended. */
  lastWrite?: { batchId: string; endedAt: number };
  /** The next turn has this number at least: the lease was seen with the one before. */
  leastTurn?: number;
}

export interface ChunkTask {
  batchId: string;
  kind: BatchKind;
  lane: string;
  index: number;
  /** Names the turn: workflow time in milliseconds at its start. A snapshot is good for its own turn only. */
  turn: number;
  /** Counts the calls within the turn. */
  call: number;
  /** What the lease is taken with where that is not the turn: another attempt was seen to hold it with a later one. */
  leaseTurn?: number;
  /** After this long no new ticket is begun, so that other batches and the operator get their turn. */
  budgetMs: number;
  /** Names the canary of a batch: after a resume the API is tried anew. */
  canaryRound: number;
  /** The time to give up has come: what stays ambiguous ends as failed. */
  isLast: boolean;
  maxRate?: MaxRate;
}

export interface ChunkCounts {
  /** Rows of the chunk by outcome, over all turns so far. */
  outcomes: OutcomeCounts;
  /** Tickets of the chunk of which every row is settled. */
  settledTickets: number;
}

/** What a chunk activity says in its heartbeats: what it did since its turn was last reported. */
export interface ChunkBeat extends ChunkCounts {
  batchId: string;
}

export interface ChunkResult {
  /** Absent where the chunk could not be opened. */
  counts?: ChunkCounts;
  /** Tickets that were not begun in this turn. */
  remaining: number;
  /** Tickets that were tried and failed in a way that may pass; nothing of them is in doubt. */
  unsettled: number;
  /** Tickets with a write of which it is unknown whether it was executed. */
  ambiguous: number;
  /** A write was sent, so that reads may not show it for a while. */
  hasWritten?: boolean;
  trouble?: Trouble;
}

/** What a chunk that failed as a whole says of itself, in the details of its failure. */
export interface ChunkFailure {
  /** Surely nothing was sent in this turn, so that no write of it can be in doubt. */
  nothingSent: boolean;
  /** Who has the lane's lease instead. */
  takenBy?: { token: string; turn: number; isReleased: boolean };
}

export interface ChunkReport extends ChunkResult {
  /** When the turn began: workflow time in milliseconds. */
  turn: number;
  lane: string;
  index: number;
  /** The lane is through with the chunk: nothing remains that was not tried. */
  isDone: boolean;
}

export interface LaneReleased {
  lane: string;
}

export interface BatchInput {
  batchId: string;
  kind: BatchKind;
  endpointKey: string;
  /** Chunks by lane. */
  chunks: Record<string, number>;
  rows: number;
  tickets: number;
  giveUpAfterMs: number;
  /** The server knows the search attributes: one that does not would refuse them, and the batch would stand still. */
  isSearchable?: boolean;
  /** Requests a second of each worker process, as planned. */
  maxRate?: number;
  /** Events after which batch and lanes continue as new; default {@link MAX_HISTORY_EVENTS}. */
  maxHistoryEvents?: number;
  carried?: BatchCarried;
}

export type BatchPhase = "running" | "paused" | "blocked" | "cancelling" | "finishing" | "completed" | "cancelled";

/** A chunk that waits for its next round. */
export interface WaitingChunk {
  lane: string;
  index: number;
  /** Rounds that ended with unsettled tickets. */
  rounds: number;
  /** When the first of them began, or an operator resumed since: after the batch's patience there are no more rounds. */
  since: number;
  /** Milliseconds since the epoch; absent while the lane has it. */
  dueAt?: number;
}

export interface BatchCarried {
  startedAt: number;
  offer: number;
  /** By lane: index of the first chunk that the lane has not been through for the first time. */
  next: Record<string, number>;
  waiting: WaitingChunk[];
  /** Last counts of chunks that are begun and not finished, so that a report counts only once. */
  partial: Record<string, ChunkCounts>;
  outcomes: OutcomeCounts;
  settledTickets: number;
  trouble?: Trouble;
  /** When the report came that brought the trouble. */
  troubledAt?: number;
  /** Since when nothing went well and nobody has to act; absent where things go well, and while the batch is paused or blocked. */
  failingSince?: number;
  /** Set where an operator changed it. */
  maxRate?: MaxRate;
  /** When an operator last resumed the batch. */
  resumedAt?: number;
  isPaused: boolean;
  isCancelled: boolean;
}

/** What `progress` answers. */
export interface BatchProgress {
  phase: BatchPhase;
  rows: number;
  tickets: number;
  settledTickets: number;
  outcomes: OutcomeCounts;
  /** Tickets that failed in a way that may pass and wait for their next round. */
  waitingChunks: number;
  trouble?: Trouble;
  /** When the trouble was reported, in milliseconds since 1970. */
  troubledAt?: number;
  /** Requests a second of each worker process, at most; absent: no maximum. */
  maxRate?: number;
  startedAt: number;
  summary?: BatchSummary;
}
