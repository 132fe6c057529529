import type { Readable } from "node:stream";
import type { BatchRecord, OverLimit } from "../batch/batch-record.ts";
import type { CheckFiles } from "../batch/check-files.ts";
import type { ChunkTicket, RowResult } from "../chunk/chunk.ts";
import type { Fault } from "../ledger-error.ts";
import type { ReportOptions } from "../report/report-format.ts";
import type { RelatedTickets } from "./related-tickets.ts";

/** Forms of text; rejects are written in one of these. */
export type TextFormat = "csv" | "tsv" | "jsonl" | "json";

/** Text may be compressed with gzip, and in UTF-8, GB18030 or UTF-16 with its mark. */
export type InputFormat = TextFormat | "xlsx" | "parquet";

/** Fields that `map` can name a column for. */
export type MappedField = "case_id" | "related_id" | "related_ids" | "group_id";

export interface PlanInput {
  /** A file, or `-` for standard input. */
  path: string;
  /** Default: by the name's ending, else by the content; XLSX and Parquet always by the content. Needed for text from `-`. */
  format?: InputFormat;
  /** Read instead of standard input where `path` is `-`. */
  stream?: Readable;
  /** How messages, records and the report name it; default: the path. */
  name?: string;
}

/** Rows of a program, with the fields of a JSON input: `case_id`, `related_id` or `related_id_list`, `group_id`. */
export interface RowsInput {
  /** Read once, in order, as fast as they are taken. Each counts as a line. */
  rows: Iterable<object> | AsyncIterable<object>;
  /** How messages, records and the report name it; default: `rows`. */
  name?: string;
}

export interface PlanRequest {
  inputs: readonly (PlanInput | RowsInput)[];
  /** `[A-Za-z0-9._-]{1,64}`; default: a new one such as `2026-11-24-a7f3`. */
  id?: string;
  endpoint: string;
  /** The group of rows that name none. */
  groupId?: string;
  /** Field to column name, where the file's names differ. */
  map?: Record<string, string>;
  /** Default: `refuse`. */
  overLimit?: OverLimit;
  /** Requests a second, at most. */
  maxRate?: number;
  /** When to stop retrying what keeps failing. Default: 24 hours. */
  giveUpAfterMs?: number;
  /** Default 1,500. */
  ticketsPerChunk?: number;
  /** Default: the clock. */
  now?: () => Date;
}

/** A request with its defaults. */
export type CompleteRequest = PlanRequest & Required<Pick<PlanRequest, "overLimit" | "giveUpAfterMs">>;

/** A ticket for which the input asks for more than it can have. */
export interface CannotFit {
  ticket: string;
  /** Where it is asked for, repeated rows included; the first hundred. */
  lines: number[];
  /** Where there are several inputs: the one of each of the lines, as the caller named it. */
  files?: string[];
  /** Different related ids. */
  asked: number;
}

/** `attached`: the batch was there before, from the same input. */
export type CommittedBatch = BatchRecord & { attached: boolean };

/** What was found in the inputs. */
export interface PlanFindings {
  /** The first twenty. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
  readonly notices: readonly Fault[];
  /** The first twenty. */
  readonly cannotFit: readonly CannotFit[];
  readonly cannotFitCount: number;
  /** The form of the rejects, for the name of their file: the input's own, CSV for XLSX and Parquet. */
  readonly rejectsFormat: TextFormat;
}

/** What a plan would come to. To be discarded. */
export interface PlanPreview extends PlanFindings {
  readonly record: Pick<BatchRecord, "inputs" | "options" | "counts">;
  /**
   * Writes the invalid rows in the input's own form (XLSX and Parquet: as CSV) with the reason as an extra last column, ready to be mended and
   * run again; returns how many.
   */
  writeRejects(path: string): Promise<number>;
  /** Removes what it left on the disk. */
  discard(): Promise<void>;
}

/**
 * A plan that is not part of the ledger yet. Ends with `commit` or `discard`: after `commit` nothing is left to discard, and rejects
 * can still be written.
 */
export interface PlannedBatch extends PlanPreview {
  readonly id: string;
  readonly record: BatchRecord;
  /** The tickets of a chunk with their rows to send. Not after `commit`, as all that is about forecasts. */
  readChunk(chunkId: string): Promise<ChunkTicket[]>;
  /** The different related tickets of the rows to send. To be closed. */
  relatedTickets(): Promise<RelatedTickets>;
  /** What a check of this input has read before it was interrupted. */
  openCheck(): CheckFiles;
  /** What the rows of a chunk are foreseen to end as, for `report`. It never becomes part of the batch. */
  writeForecast(chunkId: string, results: RowResult[]): Promise<void>;
  /** Every input row with what the plan settled or what is foreseen; in the form of a batch's report. */
  report(options: ReportOptions): Promise<{ rows: number }>;
  /**
   * Makes it a batch of the ledger. Where a batch with this id and the same input is there already, returns that one
   * with `attached: true`; of other input: throws `batch-exists`. With `startsLater` it is a kept plan, until
   * `Ledger.start`.
   */
  commit(options?: { startsLater?: boolean }): Promise<CommittedBatch>;
}
