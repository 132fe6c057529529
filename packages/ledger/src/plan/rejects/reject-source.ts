import type { TextFormat } from "../plan-request.ts";
import type { CsvHeader } from "../readers/csv-header.ts";

/** The facts about an input that are needed to write its rows in its own format. */
export interface RejectSource {
  /** As the caller named it. */
  name: string;
  /** CSV for XLSX and Parquet. */
  format: TextFormat;
  /** See {@link InputFile.isMarked}. */
  isMarked?: boolean;
  /** The names of all columns of a table; for JSON, those of the other columns. */
  columns: readonly string[];
  /** Absent for JSON. */
  table?: CsvHeader;
}
