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
  /**
   * The number of an earlier row to send that asks for the same association from the other ticket. On a symmetric API,
   * this row is a duplicate of that one. Absent if the plan knew that the API is not symmetric.
   */
  mirror_of?: number;
}

/**
 * The associations of a ticket before the batch wrote to it. While the ticket has rows without an outcome, a write may have
 * been sent: the ticket is ambiguous. It does not change, but another can replace it.
 */
export interface SnapshotEntry {
  readonly ticket: string;
  readonly present: readonly string[];
  /** No write is ambiguous: the next turn reads the ticket anew. */
  readonly closed?: true;
  /** The related ids that writes of this batch were seen to displace, over all turns. */
  readonly lost?: readonly string[];
}

/** The result of a row to send: a line of a file in `results`. */
export interface RowResult {
  row: number;
  /** Absent while the row is unsettled. */
  outcome?: Outcome | UndoOutcome;
  error_code?: string;
  error_message?: string;
  http_status?: number;
  request_id?: string;
  attempts: number;
  settled_at?: string;
  /**
   * Milliseconds from sending the request that created or removed the association to the end of its response. Absent if
   * no response settled the row.
   */
  elapsed_ms?: number;
  /**
   * The API confirmed a write of this unsettled row, and reads did not show it yet. If they show it later, this batch did
   * it. Absent once the row is settled.
   */
  confirmed?: true;
}

export function isChunkTicket(value: unknown): value is ChunkTicket {
  return (
    isObject(value) &&
    typeof value.ticket === "string" &&
    typeof value.group === "string" &&
    Array.isArray(value.rows) &&
    value.rows.every(isChunkRow)
  );
}

function isChunkRow(value: unknown): value is ChunkRow {
  return (
    isObject(value) &&
    Number.isSafeInteger(value.row) &&
    typeof value.related === "string" &&
    (value.mirror_of === undefined || Number.isSafeInteger(value.mirror_of))
  );
}

export function isSnapshotEntry(value: unknown): value is SnapshotEntry {
  return (
    isObject(value) &&
    typeof value.ticket === "string" &&
    (value.closed === undefined || value.closed === true) &&
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
