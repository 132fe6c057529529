import { isObject } from "@caselink/common";
import { chunkIdOf } from "./batch-id.ts";
import { LANES } from "../chunk/lane.ts";
import { LedgerError } from "../ledger-error.ts";

export type BatchKind = "create" | "undo";

/** What to do with a ticket that cannot take all its rows: none of them, or the first that fit in file order. */
export type OverLimit = "refuse" | "fill";

export interface BatchOptions {
  /** The group of rows that name none. */
  group_id?: string;
  over_limit: OverLimit;
  /** Requests a second, at most. */
  max_rate?: number;
  give_up_after_ms: number;
  /** Field to column name, where the file's names differ. */
  map?: Record<string, string>;
}

export interface BatchCounts {
  /** Every row of the input: the sum of the four below. */
  rows: number;
  /** Input lines that hold at least one row. */
  lines: number;
  /** Tickets with at least one valid row. */
  tickets: number;
  /** Rows. */
  to_send: number;
  tickets_to_send: number;
  duplicate: number;
  limit_reached: number;
  invalid: number;
}

/** A batch as it was planned: `batch.json`. A batch exists once this file does, and never changes after. */
export interface BatchRecord {
  version: 1;
  id: string;
  kind: BatchKind;
  /** The batch whose rows these are: it is undone, or where `kind` is `create` some of its rows are tried again. */
  of?: string;
  created_at: string;
  /** A kept plan: it is not run before somebody asks for it. */
  starts_later?: true;
  endpoint: string;
  /** `byte_order_mark`: the text began with one, and so do CSV reports of the batch where the first input did. */
  inputs: { name: string; bytes: number; sha256: string; byte_order_mark?: true }[];
  /** SHA-256 of `SHA256SUMS`, which has those of all files of the plan. */
  files_sha256: string;
  /** SHA-256 over the inputs' bytes and all options that change what is planned, the endpoint included. */
  input_digest: string;
  options: BatchOptions;
  counts: BatchCounts;
  /** Lane to the number of its chunks; lanes without a chunk are absent. */
  chunks: Record<string, number>;
  /** The input's other columns, in order of appearance. */
  columns: string[];
}

/** The ids of all chunks of a batch, lane by lane. */
export function chunkIds(record: Pick<BatchRecord, "chunks">): string[] {
  return LANES.flatMap((lane) =>
    Array.from({ length: record.chunks[lane] ?? 0 }, (_, index) => chunkIdOf(lane, index)),
  );
}

/** Reads `batch.json`; `file` is for the message of the error. */
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
