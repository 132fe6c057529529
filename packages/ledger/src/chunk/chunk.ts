import { isObject } from "@caselink/common";
import { isOutcome, type Outcome, type UndoOutcome } from "../outcome.ts";

/** One ticket of a chunk with the rows to send for it, in file order. */
export interface ChunkTicket {
  ticket: string;
  group: string;
  rows: ChunkRow[];
}

/** A row to send. */
export interface ChunkRow {
  /** Counts from 1 over the whole input in file order; unique in a batch. */
  row: number;
  related: string;
  /** In an undo: the association is to be restored, not removed. */
  restore?: true;
}

/** What was associated with a ticket before the batch first wrote to it. Never changed once it was stored: another takes its place. */
export interface SnapshotEntry {
  readonly ticket: string;
  /** Which turn of the chunk listed the ticket. */
  readonly turn: number;
  readonly present: readonly string[];
  /** What a write of this batch was seen to have made go away, over all turns. */
  readonly lost?: readonly string[];
}

/** What is known about a row that was or is to be sent. */
export interface RowResult {
  row: number;
  /** Absent while the row is not settled. */
  outcome?: Outcome | UndoOutcome;
  error_code?: string;
  error_message?: string;
  http_status?: number;
  request_id?: string;
  attempts: number;
  settled_at?: string;
  /**
   * From sending the request that created or removed the association to the end of its answer, in milliseconds. Absent
   * where no answer told of it.
   */
  elapsed_ms?: number;
}

export function isChunkTicket(value: unknown): value is ChunkTicket {
  return (
    isObject(value) &&
    typeof value.ticket === "string" &&
    typeof value.group === "string" &&
    Array.isArray(value.rows) &&
    value.rows.every((row) => isObject(row) && Number.isSafeInteger(row.row) && typeof row.related === "string")
  );
}

export function isSnapshotEntry(value: unknown): value is SnapshotEntry {
  return (
    isObject(value) &&
    typeof value.ticket === "string" &&
    Number.isSafeInteger(value.turn) &&
    Array.isArray(value.present) &&
    value.present.every((id) => typeof id === "string") &&
    (value.lost === undefined || (Array.isArray(value.lost) && value.lost.every((id) => typeof id === "string")))
  );
}

export function isRowResult(value: unknown): value is RowResult {
  return (
    isObject(value) &&
    Number.isSafeInteger(value.row) &&
    Number.isSafeInteger(value.attempts) &&
    (value.outcome === undefined || isOutcome(value.outcome))
  );
}
