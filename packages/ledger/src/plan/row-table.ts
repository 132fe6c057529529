import type { DuckDBAppender } from "@duckdb/node-api";
import type { Database } from "../database.ts";

/** A row as a reader found it: values trimmed, nothing checked. */
export interface InputRow {
  line: number;
  ticket: string;
  related: string;
  group: string;
  /** The other columns as the JSON text of an object; `null` where there are none. */
  other: string | null;
}

/** What a reader found wrong with the form of a row. */
export interface ReaderFault {
  /** Absent where the whole line is at fault: then its values are not looked at. */
  field?: "case_id" | "related_id" | "group_id";
  /** The name of the column at fault, where it is known. */
  column?: string | undefined;
  value: string;
  reason: string;
  advice?: string;
  /** The record in its own form, for the rejects: a JSON array of fields, or the line's text. */
  raw: string;
}

/** Where readers put rows, in file order. */
export interface RowTable {
  add(row: InputRow, faults?: readonly ReaderFault[]): void;
  /** Notes a name among the input's other columns. */
  addColumn(name: string): void;
  /** The last row's number. */
  readonly rowCount: number;
  /** Makes what was added visible to queries. */
  flush(): void;
  /** Takes back all rows of the file. */
  clear(): Promise<void>;
}

const TABLES = `
CREATE TABLE input ("row" BIGINT, file INTEGER, line BIGINT, case_id VARCHAR, related_id VARCHAR, group_id VARCHAR, other VARCHAR);
CREATE TABLE reader_fault ("row" BIGINT, file INTEGER, field VARCHAR, column_name VARCHAR, value VARCHAR, reason VARCHAR, advice VARCHAR, raw VARCHAR);
`;

/** Creates the two tables that every reader fills and everything after starts from. */
export async function createRowTables(database: Database): Promise<void> {
  await database.run(TABLES);
}

/** Opens the table for the rows of one file. `columns` collects the names of other columns over all files. */
export async function openRowTable(
  database: Database,
  file: number,
  firstRow: number,
  columns: Set<string>,
): Promise<RowTable & AsyncDisposable> {
  const { connection } = database;
  let rows: DuckDBAppender = await connection.createAppender("input");
  let faults: DuckDBAppender = await connection.createAppender("reader_fault");
  let rowCount = firstRow;

  function appendFault(fault: ReaderFault): void {
    faults.appendBigInt(BigInt(rowCount));
    faults.appendInteger(file);
    for (const text of [fault.field, fault.column, fault.value, fault.reason, fault.advice, fault.raw]) {
      if (text === undefined) faults.appendNull();
      else faults.appendVarchar(text);
    }
    faults.endRow();
  }

  return {
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
      rows.endRow();
      for (const fault of found) appendFault(fault);
    },
    addColumn: (name) => void columns.add(name),
    flush() {
      rows.flushSync();
      faults.flushSync();
    },
    async clear() {
      rows.closeSync();
      faults.closeSync();
      for (const table of ["input", "reader_fault"]) {
        await database.run(`DELETE FROM ${table} WHERE file = $file`, { file });
      }
      rows = await connection.createAppender("input");
      faults = await connection.createAppender("reader_fault");
      rowCount = firstRow;
    },
    async [Symbol.asyncDispose]() {
      rows.closeSync();
      faults.closeSync();
    },
  };
}
