import type { Readable } from "node:stream";
import type { BatchRecord, OverLimit } from "../batch/batch-record.ts";
import type { CheckFiles } from "../batch/check-files.ts";
import type { ChunkTicket, RowResult } from "../chunk/chunk.ts";
import type { Diagnostic } from "../ledger-error.ts";
import type { ReportOptions } from "../report/report-format.ts";
import type { RelatedTickets } from "./related-tickets.ts";

/** The text formats. The rejects file has one of these. */
export type TextFormat = "csv" | "tsv" | "jsonl" | "json";

/** Text can be compressed with gzip. It is UTF-8, GB18030, or UTF-16 with a byte order mark. */
export type InputFormat = TextFormat | "xlsx" | "parquet";

/** The fields for which `map` can name a column. */
export type MappedField = "case_id" | "related_id" | "related_ids" | "group_id";

export interface PlanInput {
  /** A file, or `-` for standard input. */
  path: string;
  /**
   * Default: by the file ending, else by the content; XLSX and Parquet always by the content. Required for text from
   * `-`.
   */
  format?: InputFormat;
  /**
   * The sheet to read of a spreadsheet, by its name; it may be hidden. Default: the first visible one. An `InputError` if
   * there is no such sheet, or if the input is no spreadsheet.
   */
  sheet?: string;
  /** Read in place of standard input if `path` is `-`. */
  stream?: Readable;
  /** The name in messages, records and the report. Default: the path. */
  name?: string;
}

/** Rows from a program, with the fields of a JSON input: `case_id`, `related_id` or `related_id_list`, `group_id`. */
export interface RowsInput {
  /** Read once and in order. Each counts as a line. */
  rows: Iterable<object> | AsyncIterable<object>;
  /** The name in messages, records and the report. Default: `rows`. */
  name?: string;
}

export interface PlanRequest {
  inputs: readonly (PlanInput | RowsInput)[];
  /** `[A-Za-z0-9._-]{1,64}`. Default: a new one such as `2026-11-24-a7f3`. */
  id?: string;
  endpoint: string;
  /** The account whose workers work the batch, as a digest without any secret. Default: unknown. It is not part of the plan. */
  account?: string;
  /** The group of rows without one. */
  groupId?: string;
  /** Field to column name, if the file has other names. */
  map?: Record<string, string>;
  /** Default: `refuse`. */
  overLimit?: OverLimit;
  /** The maximum rate, in requests per second. */
  maxRate?: number;
  /** When to stop retrying, in milliseconds. Default: 24 hours. */
  giveUpAfterMs?: number;
  /** How long reads of the API may lag behind writes, in milliseconds, at most 60,000; default 5,000. */
  readLagMs?: number;
  /** Default: 1,500. */
  ticketsPerChunk?: number;
  /** Default: the clock. */
  now?: () => Date;
}

/** A request with its defaults. */
export type CompleteRequest = PlanRequest & Required<Pick<PlanRequest, "overLimit" | "giveUpAfterMs">>;

/** A ticket for which the input asks for more associations than it can have. */
export interface TicketOverLimit {
  ticket: string;
  /** The lines that ask for it, duplicates included; the first hundred. */
  lines: number[];
  /** With several inputs: the name of the input of each line. */
  files?: string[];
  /** The number of different associations. */
  asked: number;
}

/** `attached`: the batch already existed, with the same input. */
export type CommittedBatch = BatchRecord & { attached: boolean };

/** The findings about the inputs. */
export interface PlanFindings {
  /** The first twenty. */
  readonly errors: readonly Diagnostic[];
  readonly errorCount: number;
  readonly warnings: readonly Diagnostic[];
  /** The first twenty. */
  readonly ticketsOverLimit: readonly TicketOverLimit[];
  readonly ticketsOverLimitCount: number;
  /**
   * The related tickets that more than three rows to send name, if it is not known whether the API is symmetric; the
   * first twenty. On a symmetric API they are over the limit.
   */
  readonly crowdedRelated: readonly TicketOverLimit[];
  readonly crowdedRelatedCount: number;
  /** The format of the rejects file: the input's own; CSV for XLSX and Parquet. */
  readonly rejectsFormat: TextFormat;
}

/** The result of a plan that cannot be run. Must be discarded. */
export interface PlanPreview extends PlanFindings {
  readonly record: Pick<BatchRecord, "inputs" | "options" | "counts">;
  /**
   * Writes the invalid rows in the input's own format (XLSX and Parquet: as CSV) with the reason in an additional last
   * column, to be fixed and run again. Returns their number.
   */
  writeRejects(path: string): Promise<number>;
  /** Removes its files from the disk. */
  discard(): Promise<void>;
}

/**
 * A plan that is not part of the ledger yet. Ends with `commit` or `discard`. After `commit` there is nothing to
 * discard, and the rejects file can still be written.
 */
export interface PlannedBatch extends PlanPreview {
  readonly id: string;
  readonly record: BatchRecord;
  /**
   * Returns the tickets of a chunk with their rows to send. Throws `discarded` after `commit`, as do the methods for
   * predictions.
   */
  readChunk(chunkId: string): Promise<ChunkTicket[]>;
  /** Opens the different related tickets of the rows to send. Must be closed. */
  relatedTickets(): Promise<RelatedTickets>;
  /** Opens what an interrupted check of this input has already read. */
  openCheck(): CheckFiles;
  /** Stores the predicted outcomes of a chunk's rows for `report`. They never become part of the batch. */
  writePredictions(chunkId: string, results: RowResult[]): Promise<void>;
  /** Writes every input row with the outcome that the plan settled or that is predicted, as a batch's report does. */
  report(options: ReportOptions): Promise<{ rows: number }>;
  /**
   * Makes the plan a batch of the ledger. If a batch with this id and the same input exists, returns that one with
   * `attached: true`; if its input differs, throws `batch-exists`. With `startsLater` it is a saved plan until
   * `Ledger.start`.
   */
  commit(options?: { startsLater?: boolean }): Promise<CommittedBatch>;
}
