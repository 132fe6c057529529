import type { TextFormat } from "../plan-request.ts";
import type { CsvHeader } from "../readers/csv-header.ts";

/** What is needed of an input to write its rows in its own form. */
export interface RejectSource {
  /** As the caller named it. */
  name: string;
  /** CSV for XLSX and Parquet. */
  format: TextFormat;
  /** As {@link InputFile} has it. */
  isMarked?: boolean;
  /** All names of a table's columns; of JSON those of the other columns. */
  columns: readonly string[];
  /** Of tables. */
  table?: CsvHeader;
}
