import { isObject } from "@caselink/common";
import { chunkIdOf } from "./batch-id.ts";
import { LANES } from "../chunk/lane.ts";
import { LedgerError } from "../ledger-error.ts";

export type BatchKind = "create" | "undo";

/** The rows to send of a ticket over the limit: none (`refuse`), or the first that fit in file order (`fill`). */
export type OverLimit = "refuse" | "fill";

export interface BatchOptions {
  /** The group of rows without one. */
  group_id?: string;
  over_limit: OverLimit;
  /** The maximum rate, in requests per second. */
  max_rate?: number;
  give_up_after_ms: number;
  /** How long reads of the API may lag behind writes, in milliseconds; absent: 5 s. */
  read_lag_ms?: number;
  /** Field to column name, if the file has other names. */
  map?: Record<string, string>;
}

export interface BatchCounts {
  /** All rows of the input: the sum of `to_send`, `duplicate`, `limit_reached` and `invalid`. */
  rows: number;
  /** Input lines with at least one row. */
  lines: number;
  /** Tickets with at least one valid row. */
  tickets: number;
  to_send: number;
  tickets_to_send: number;
  duplicate: number;
  limit_reached: number;
  invalid: number;
}

/** A batch as it was planned: `batch.json`. A batch exists as soon as this file exists, and the file never changes. */
export interface BatchRecord {
  version: 1;
  id: string;
  kind: BatchKind;
  /** The batch from which the rows come: it is undone or, if `kind` is `create`, retried. */
  of?: string;
  created_at: string;
  /** The batch is a saved plan until it is started. */
  starts_later?: true;
  endpoint: string;
  /**
   * The account whose workers work the batch, as a digest without any secret. Absent: the account is not known, as for a
   * token; or a saved plan has not started.
   */
  account?: string;
  /**
   * `sheet`: the sheet of a spreadsheet, if one was named. `byte_order_mark`: the text begins with one, or is
   * from a spreadsheet. If the first input has it, CSV reports of the batch begin with one: Excel needs it.
   */
  inputs: { name: string; sheet?: string; bytes: number; sha256: string; byte_order_mark?: true }[];
  /** SHA-256 of `SHA256SUMS`, which holds those of all files of the plan. */
  files_sha256: string;
  /** SHA-256 of the inputs' bytes and all options that change the plan, including the endpoint. */
  input_digest: string;
  options: BatchOptions;
  counts: BatchCounts;
  /** The number of chunks by lane; lanes without a chunk are absent. */
  chunks: Record<string, number>;
  /** The input's other columns, in order of appearance. */
  columns: string[];
}

/** Returns the ids of all chunks of a batch, lane by lane. */
export function chunkIds(record: Pick<BatchRecord, "chunks">): string[] {
  return LANES.flatMap((lane) =>
    Array.from({ length: record.chunks[lane] ?? 0 }, (_, index) => chunkIdOf(lane, index)),
  );
}

/** Parses `batch.json`. Throws `corrupt`, naming `file`, if it is not a batch record. */
export function parseBatchRecord(text: string, file: string): BatchRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LedgerError("corrupt", `${file} is not JSON: it was changed or damaged outside of caselink.`, {
      cause: error,
    });
  }
  if (!isObject(value) || value.version !== 1) {
    throw new LedgerError("corrupt", `${file} is not a batch of a version known here; a newer caselink may read it.`);
  }
  if (!isBatchRecord(value)) {
    throw new LedgerError("corrupt", `${file} lacks parts of a batch: it was changed or damaged outside of caselink.`);
  }
  return value;
}

function isBatchRecord(value: Record<string, unknown>): value is Record<string, unknown> & BatchRecord {
  return (
    typeof value.id === "string" &&
    (value.kind === "create" || value.kind === "undo") &&
    typeof value.endpoint === "string" &&
    typeof value.created_at === "string" &&
    typeof value.input_digest === "string" &&
    typeof value.files_sha256 === "string" &&
    Array.isArray(value.inputs) &&
    isObject(value.options) &&
    isObject(value.counts) &&
    Object.values(value.counts).every(Number.isSafeInteger) &&
    isObject(value.chunks) &&
    Object.values(value.chunks).every(Number.isSafeInteger) &&
    Array.isArray(value.columns)
  );
}
