import type { ChunkRow } from "@caselink/ledger";
import type { Canary } from "../batch/canary.ts";
import type { RejectionScope } from "../batch/rejection-classifier.ts";
import type { RowOutcome, WaitReason } from "../workflow/contracts.ts";
import type { AssociationsApi, Operation } from "./operation.ts";
import type { ReadLag } from "./read-lag.ts";
import type { SharedTickets } from "./shared-tickets.ts";
import type { SymmetryCheck } from "./symmetry-check.ts";
import type { TurnStop } from "./turn-stop.ts";
import type { CallRecord } from "./verdict.ts";

/** A ticket of the chunk and its rows without an outcome. */
export interface TicketWork {
  ticket: string;
  group: string;
  /** Rows without an outcome, in file order. */
  open: ChunkRow[];
  /** The associations that this batch has created or restored, whether reads show them yet or not. */
  addedIds: readonly string[];
  /** The associations that this batch has removed lately: reads may show them still. */
  removedIds: readonly string[];
  /** The related tickets whose creation the API confirmed in an earlier turn, which could not read it back. */
  confirmedIds?: readonly string[];
}

/**
 * How a ticket left the turn.
 *
 * - `settled`: every row has its outcome.
 * - `deferred`: not started, or stopped by no fault of its own; no write is ambiguous.
 * - `retryable`: a temporary failure; no write is ambiguous.
 * - `ambiguous`: a write may have been executed, and the ticket was not read since.
 */
export type TicketEnd = "settled" | "deferred" | "retryable" | "ambiguous";

export interface SettleContext {
  api: AssociationsApi;
  operation: Operation;
  turnStop: TurnStop;
  canary: Canary;
  /** Present on a symmetric API: a write changes both tickets. */
  sharedTickets?: SharedTickets | undefined;
  /** Present while it is not known whether the API is symmetric. */
  symmetryCheck?: SymmetryCheck | undefined;
  /** The turn is over: no further ticket is started. One that is started continues. */
  isOver(): boolean;
  /** No write is sent for any ticket any more. */
  isStopping(): boolean;
  /** The turn ends immediately: not even ambiguous writes are resolved. A later pass resolves them. */
  isStopped(): boolean;
  /** Waits between tries and reads; ends early when the turn ends immediately. */
  sleep: (milliseconds: number) => Promise<void>;
  now: () => number;
  random: () => number;
  readLag: ReadLag;
  /** Records a result of a row; without an outcome the row stays open. */
  recordRow: (row: ChunkRow, attempts: number, facts: CallRecord, outcome?: RowOutcome) => void;
  /** Whether an undocumented code that a ticket ends with concerns this ticket or the whole batch. */
  scopeOfCode: (ticket: string, reason: WaitReason & { rejection: string }) => RejectionScope;
  /** Stores the associations that a replacing write of this batch removed, so that an undo can restore them. */
  recordDisplaced: (ticket: string, displacedIds: string[]) => Promise<void>;
}

/** True if the outcome says that this batch added the association. */
export const isAdding = (outcome: RowOutcome | undefined): boolean => outcome === "created" || outcome === "restored";
