import type { DuckDBAppender } from "@duckdb/node-api";
import type { Database } from "../database.ts";
import type { Diagnostic } from "../ledger-error.ts";
import type { CheckedField } from "./limits.ts";

/** A row of an input as its reader found it: values are trimmed, but not checked. */
interface InputRow {
  line: number;
  ticket: string;
  related: string;
  /** The place of the related id's column among the input's columns for related ids, from 0. Default: 0. */
  relatedColumn?: number;
  group: string;
  /** The other columns as the JSON text of an object; `null` if there are none. */
  other: string | null;
}

/** An error in the form of a row, found by its reader. */
export interface ReaderError {
  /** Absent if the whole line is invalid: its values are then not checked. */
  field?: CheckedField;
  /** The name of the invalid column; absent if it is unknown. */
  column?: string | undefined;
  value: string;
  reason: string;
  advice?: string;
  /** The record in the input's own form, for the rejects file: a JSON array of fields, or the line's text. */
  raw: string;
}

/** Something valid but probably unintended, found by a reader. */
export type ReaderWarning = Omit<Diagnostic, "severity" | "file">;

/** The table that a reader fills with the rows of a file, in order. */
export interface RowTable {
  add(row: InputRow, errors?: readonly ReaderError[]): void;
  /** Adds a name to the input's other columns. */
  addColumn(name: string): void;
  /** Names of the input's columns for related ids, if not all rows have the same. The first has the contract's name. */
  readonly relatedNames: string[];
  warn(warning: ReaderWarning): void;
  /** The last row's number. */
  readonly rowCount: number;
  /** Makes the added rows visible to queries. */
  flush(): void;
  /** Removes all rows of the file. */
  clear(): Promise<void>;
}

const TABLES = `
CREATE TABLE input ("row" BIGINT, file INTEGER, line BIGINT, case_id VARCHAR, related_id VARCHAR, group_id VARCHAR, other VARCHAR, related_column SMALLINT);
CREATE TABLE reader_error ("row" BIGINT, file INTEGER, field VARCHAR, column_name VARCHAR, value VARCHAR, reason VARCHAR, advice VARCHAR, raw VARCHAR);
CREATE TABLE row_error ("row" BIGINT, rule_order INTEGER, field VARCHAR, column_name VARCHAR, value VARCHAR, reason VARCHAR, advice VARCHAR);
`;

/** The order in which the errors of a row are listed: those of its reader first. */
export const RULE_ORDER = { reader: 0, case_id: 1, related_id: 2, group_id: 3, secondGroup: 4, itself: 5 } as const;

/** Creates the tables of rows and errors: readers fill `input` and `reader_error`, the checks fill `row_error`. */
export async function createRowTables(database: Database): Promise<void> {
  await database.run(TABLES);
}

/** Names of columns and warnings, which the readers find in addition to rows. */
export interface FoundInInput {
  columns: Set<string>;
  relatedNames: string[];
  warnings: ReaderWarning[];
}

/** Opens the table for the rows of one file. */
export async function openRowTable(
  database: Database,
  file: number,
  firstRow: number,
  { columns, relatedNames, warnings }: FoundInInput,
): Promise<RowTable & AsyncDisposable> {
  const { connection } = database;
  let rows: DuckDBAppender = await connection.createAppender("input");
  let errors: DuckDBAppender = await connection.createAppender("reader_error");
  let rowCount = firstRow;

  function appendError(error: ReaderError): void {
    errors.appendBigInt(BigInt(rowCount));
    errors.appendInteger(file);
    for (const text of [error.field, error.column, error.value, error.reason, error.advice, error.raw]) {
      if (text === undefined) errors.appendNull();
      else errors.appendVarchar(text);
    }
    errors.endRow();
  }

  return {
    relatedNames,
    get rowCount() {
      return rowCount;
    },
    add(row, found = []) {
      rowCount++;
      rows.appendBigInt(BigInt(rowCount));
      rows.appendInteger(file);
      rows.appendBigInt(BigInt(row.line));
      rows.appendVarchar(row.ticket);
      rows.appendVarchar(row.related);
      rows.appendVarchar(row.group);
      if (row.other === null) rows.appendNull();
      else rows.appendVarchar(row.other);
      rows.appendSmallInt(row.relatedColumn ?? 0);
      rows.endRow();
      for (const error of found) appendError(error);
    },
    addColumn: (name) => void columns.add(name),
    warn: (warning) => void warnings.push(warning),
    flush() {
      rows.flushSync();
      errors.flushSync();
    },
    async clear() {
      rows.closeSync();
      errors.closeSync();
      for (const table of ["input", "reader_error"]) {
        await database.run(`DELETE FROM ${table} WHERE file = $file`, { file });
      }
      rows = await connection.createAppender("input");
      errors = await connection.createAppender("reader_error");
      rowCount = firstRow;
      warnings.length = 0;
    },
    async [Symbol.asyncDispose]() {
      rows.closeSync();
      errors.closeSync();
    },
  };
}
