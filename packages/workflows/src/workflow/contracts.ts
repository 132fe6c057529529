/**
 * Names and messages that Temporal stores: renaming one breaks running batches.
 * Pure: workflow code imports this module.
 */
import type { BatchKind } from "@caselink/ledger";
import type { Acceptance, AccessState, RejectionsSeen, WaitReason } from "./access-contracts.ts";
import type { ChunkCounts, OutcomeCounts } from "./progress-contracts.ts";

export type { Acceptance, AccessState, RejectionsSeen, WaitReason } from "./access-contracts.ts";
export type {
  BatchPhase,
  BatchProgress,
  ChunkCounts,
  ChunkHeartbeat,
  OutcomeCounts,
  RecentlySettled,
  RowOutcome,
  TurnProgress,
} from "./progress-contracts.ts";

export const BATCH_WORKFLOW = "caselinkBatch";
export const LANE_WORKFLOW = "caselinkLane";

export const CHUNK_WORKED_SIGNAL = "chunkWorked";
export const ORDER_TAKEN_SIGNAL = "orderTaken";
export const LANE_ENDED_SIGNAL = "laneEnded";
export const ORDER_SIGNAL = "order";
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

/** Consecutive chunks of one lane, by index, that the lane is to work. */
export interface ChunkRange {
  from: number;
  /** First index after the range. */
  to: number;
  /** The chunks' lane, if the shared lane works them. */
  lane?: string;
  /** Nothing is sent: ambiguous tickets are read, once. */
  resolveOnly?: true;
  /** Rows that stay ambiguous end as `failed`. */
  isLast?: true;
  /** No other ticket of the batch is left to compare with: a rejection concerns its ticket. */
  isCompared?: true;
}

/** All that a batch wants of a lane now. It replaces the order before. */
export interface Order {
  batchId: string;
  kind: BatchKind;
  /** The run of the batch's workflow that sent the order. */
  run: string;
  /** When that run started: an order of an earlier run is old. */
  runStartedAt: number;
  /** Counts up within a batch: a lane ignores an older order of the same run. */
  sequence: number;
  /** When the batch wrote it, in milliseconds since 1970; absent: an earlier version wrote it. */
  sentAt?: number;
  /** The chunks to work, in this order; none: the lane forgets the batch. */
  ranges: ChunkRange[];
  /** How often the batch was resumed: each resume starts new checks of the API. */
  resumes: number;
  maxRate?: MaxRate;
  /** The acceptances that any worker of the batch has reported. */
  accepted?: Acceptance[];
  /** The account whose workers work the chunks; absent: those with a token. */
  account?: string;
  /** The lane says when no other chunk of the batch is worked any more. */
  mustConfirm?: true;
  /** When the batch asked for that, in milliseconds since 1970: the answer repeats it. */
  askedAt?: number;
}

/** Requests per second of each worker process; null: no maximum. If it is absent, the planned maximum holds. */
export type MaxRate = number | null;

/** How a batch goes on after a resume. */
export interface Resumption {
  /** The account whose workers work it from now on; null: those with a token; absent: as before. */
  account?: string | null;
}

export interface RateChange {
  maxRate: MaxRate;
}

export interface LaneInput {
  endpointKey: string;
  lane: string;
  /** Events after which the workflow continues as new; default {@link MAX_HISTORY_EVENTS}. */
  maxHistoryEvents?: number;
  state?: LaneStateData;
}

/** A batch in the queue of a lane: its order, of which the lane has done a part. */
export interface QueuedBatch extends Order {
  /** Consecutive turns that ended with a wait reason. */
  failedTurns: number;
  /** No turn before this time, in milliseconds since 1970. */
  notBefore: number;
  /** No worker of the account took the last chunk: the batch waits until one is there. */
  isUnattended?: true;
}

export interface LaneStateData {
  /** The last orders of batches, also of those that have no chunk here any more; absent in the state of an earlier version. */
  taken?: Pick<Order, "batchId" | "run" | "runStartedAt" | "sequence">[];
  batches: QueuedBatch[];
  /** The batch and the end of the last turn that sent a write. */
  lastWrite?: { batchId: string; endedAt: number; readLagMs?: number };
}

export interface ChunkTask {
  batchId: string;
  kind: BatchKind;
  /** The account whose workers work the chunk; absent: those with a token. */
  account?: string;
  lane: string;
  index: number;
  /** The start of the turn: workflow time in milliseconds. */
  turn: number;
  /**
   * After this time no further ticket is started, so that other batches and the operator get their turn; 0: nothing is sent,
   * ambiguous tickets are read.
   */
  budgetMs: number;
  /** How often the batch was resumed: after each resume the API is checked again. */
  resumes: number;
  /** Rows that stay ambiguous end as `failed`. */
  isLast: boolean;
  /** The shared lane works the chunk. */
  isShared?: true;
  /**
   * How long ago the lane's last turn with a write ended, in milliseconds on Temporal's clock: those of the processes may
   * differ. In the shared lane; absent: the lane knows of none.
   */
  sinceWriteMs?: number;
  /** No other ticket of the batch is left to compare with: a rejection concerns its ticket. */
  isCompared?: true;
  /** As in the order. */
  accepted?: Acceptance[];
  maxRate?: MaxRate;
}

export interface ChunkResult {
  /** Absent if the chunk could not be opened. */
  counts?: ChunkCounts;
  /** Tickets that were not started in this turn, or stopped by no fault of their own. */
  deferred: number;
  /** Tickets with a temporary failure and no ambiguous write, and those that another batch has left ambiguous. */
  retryable: number;
  /** Ambiguous tickets: a write may have been executed. */
  ambiguous: number;
  /** A write was sent, or may have been: reads may not show it for a while. */
  hasWritten?: boolean;
  /** How long that may be, in milliseconds; absent: the usual time. */
  readLagMs?: number;
  waitReason?: WaitReason;
  /** The acceptances of the batch that this process has seen. */
  accepted?: Acceptance[];
  /** Their rows wait until the batch knows what the rejections concern. A worker of an earlier version decides by itself. */
  rejections?: RejectionsSeen[];
  /** The API is symmetric: only the shared lane may write to it. */
  needsSharedLane?: boolean;
  /** No worker took the chunk: nothing was sent in this turn. */
  isUntaken?: true;
  /** Other chunks of the batch that may have ambiguous tickets: the lane's lease names them. */
  otherDoubts?: { lane: string; index: number }[];
}

export interface ChunkReport extends ChunkResult {
  /** The start of the turn: workflow time in milliseconds. */
  turn: number;
  lane: string;
  index: number;
  /** The lane needs no further turn for the chunk: no ticket is deferred. */
  isDone: boolean;
  /** The turn only read ambiguous tickets. */
  resolveOnly?: true;
  /** The shared lane worked the chunk. A lane of an earlier version leaves it out. */
  isShared?: true;
  sentAt?: SentAt;
}

/**
 * When a lane sent a message, in milliseconds since 1970. The batch goes by it (`batch-clock.ts`). A lane of 0.1.0 leaves it out.
 */
type SentAt = number;

/** The lane works no other chunks of the batch than those of this order. */
export interface OrderTaken {
  lane: string;
  sequence: number;
  /** As in the order: a run that an operator terminated or reset may have asked, too. A lane of an earlier version leaves it out. */
  askedAt?: number;
  /**
   * This run of the lane has not worked the batch: an attempt from before, which a terminated run left behind, may still run. A
   * turn takes the lease from it.
   */
  isUnproven?: true;
  sentAt?: SentAt;
}

/** The lane has ended before its work: the batch sends its order again. */
export interface LaneEnded {
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
  /** The batch decides by the times of its messages, not of its workflow tasks; absent: 0.1.0 started it. */
  hasOwnClock?: true;
  /** A run before this one was terminated: it may have left ambiguous tickets. */
  isRestart?: boolean;
  /** How many runs in a row were replaced because they were halted, before this one. */
  replacedRuns?: number;
  /** Events after which batch and lanes continue as new; default {@link MAX_HISTORY_EVENTS}. */
  maxHistoryEvents?: number;
  state?: BatchStateData;
}

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
  /** The time to give up has come: this is the last round. */
  isLast?: true;
  /** Rows with a rejection wait until the API has accepted one of these, or the batch knows what the rejection concerns. */
  unplaced?: Acceptance[];
  /** How many kinds of rejections the batch knew when the last round ended. */
  seenKinds?: number;
  /** No other ticket is left to compare with: rejections concern their tickets. */
  isCompared?: true;
}

/** A chunk with ambiguous tickets. */
export interface Doubt {
  lane: string;
  index: number;
  /** Ambiguous tickets; 0: unknown, because the last turn failed. */
  tickets: number;
  /** Consecutive turns that resolved none of them. */
  passes: number;
  /** When they are read next if the batch is held, in milliseconds since 1970. */
  dueAt: number;
  /** A lane is to read them now. */
  isOpen?: true;
  /** Nothing is known to be ambiguous: an attempt of an earlier run of the lane may still work the batch. */
  isUnproven?: true;
}

/** The times are in milliseconds since 1970. */
export interface BatchStateData {
  startedAt: number;
  /** The number of the last order. */
  sequence: number;
  /** Lanes that do not have the current order yet. */
  unsent: string[];
  /** When each lane got its first order or was last heard of, and how often it got its order again since. */
  heard: Record<string, { at: number; repeats: number }>;
  /** Lanes, with the shared one, that have reported a turn which read its chunk and the lease. */
  reported: string[];
  /** The start of the last turn that each lane has reported; absent in the state of an earlier version. */
  countedTurns?: Record<string, number>;
  /** By lane: index of the first chunk whose first round has not ended. */
  next: Record<string, number>;
  waiting: WaitingChunk[];
  /** Lanes of chunks that have had their last round and still have open rows. */
  leftOpen?: string[];
  doubts: Doubt[];
  /** The counts in the last report of each unfinished chunk: the next report adds only the difference. */
  partial: Record<string, ChunkCounts>;
  outcomes: OutcomeCounts;
  settledTickets: number;
  /** Counts of the last minute, oldest first. */
  recently?: { at: number; settledTickets: number }[];
  waitReason?: WaitReason;
  /** Absent while no turn since the last resume has reported an acceptance or a rejection. */
  access?: AccessState;
  /** When the wait reason was reported. */
  waitingSince?: number;
  /** The start of a time without progress; absent while there is progress, and while the batch is paused or blocked. */
  failingSince?: number;
  /** The maximum that an operator set, if one did. */
  maxRate?: MaxRate;
  /** The account that an operator gave the batch to, if one did; null: a token. */
  account?: string | null;
  /** The lanes that have to confirm an order without chunks, the number of the first such order, and when it was asked for. */
  unconfirmed?: { lanes: string[]; sequence: number; askedAt?: number };
  /** The batch moves to the shared lane as soon as its lanes have confirmed. */
  isMoving?: boolean;
  /** The shared lane works all chunks. */
  isShared?: boolean;
  /** The lease of the shared lane may name chunks of an earlier run. It is read last, after those of all other lanes. */
  isSharedUnread?: boolean;
  /** When the lanes were last ordered to stop their turns. */
  heldAt?: number;
  /** When an operator last resumed the batch, and how often. */
  resumedAt?: number;
  resumes: number;
  isPaused: boolean;
  isCancelled: boolean;
  /** No further ticket is started: the batch ends when its lanes have confirmed and its doubts are resolved. */
  isEnding: boolean;
  /** When the last chunk was done: only the summary is missing. */
  endedAt?: number;
}
