import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { formatCsvLine } from "@caselink/common";
import { openDatabase, sqlText } from "../src/database.ts";
import type { TemporaryLedger } from "./temporary-ledger.ts";
import { workbook } from "./workbook.ts";

/** A table that every format can hold. */
export interface TestTable {
  header: readonly string[];
  rows: readonly (readonly string[])[];
}

/** One format of input: it writes a table and knows the line of each row. */
export interface TestForm {
  name: string;
  write: (table: TestTable, temporary: TemporaryLedger) => Buffer | Promise<Buffer>;
  /** `index` counts rows from 0. */
  lineOf: (table: TestTable, index: number) => number;
}

function delimited({ header, rows }: TestTable, delimiter: string, lineEnd: string): string {
  return [header, ...rows].map((cells) => formatCsvLine(cells, delimiter) + lineEnd).join("");
}

function objects({ header, rows }: TestTable): string[] {
  return rows.map((cells) => JSON.stringify(Object.fromEntries(header.map((name, index) => [name, cells[index]]))));
}

/** Counts lines as an editor does. */
function textLine({ header, rows }: TestTable, index: number): number {
  return [header, ...rows.slice(0, index)].flat().join("").split("\n").length + index + 1;
}

/** Counts the rows of a sheet, header included. A row is one line even if its cells have several. */
const sheetLine = (_: TestTable, index: number) => index + 2;
const recordLine = (_: TestTable, index: number) => index + 1;

async function parquet({ header, rows }: TestTable, temporary: TemporaryLedger): Promise<Buffer> {
  const path = temporary.path("written.parquet");
  const database = await openDatabase(temporary.path("spill"));
  try {
    const values = rows.map((cells) => `(${cells.map(sqlText).join(", ")})`).join(", ");
    await database.run(
      `COPY (SELECT * FROM (VALUES ${values}) AS t(${header.map((name) => `"${name}"`).join(", ")})) TO ${sqlText(path)} (FORMAT parquet)`,
    );
  } finally {
    database.close();
  }
  return readFile(path);
}

export const TEST_FORMS: TestForm[] = [
  { name: "in.csv", write: (table) => Buffer.from(delimited(table, ",", "\n")), lineOf: textLine },
  { name: "windows.csv", write: (table) => Buffer.from(`\ufeff${delimited(table, ";", "\r\n")}`), lineOf: textLine },
  { name: "in.tsv", write: (table) => Buffer.from(delimited(table, "\t", "\n")), lineOf: textLine },
  { name: "in.csv.gz", write: (table) => gzipSync(delimited(table, ",", "\n")), lineOf: textLine },
  {
    name: "utf-16.csv",
    write: (table) => Buffer.from(`\ufeff${delimited(table, "\t", "\r\n")}`, "utf16le"),
    lineOf: textLine,
  },
  { name: "in.jsonl", write: (table) => Buffer.from(objects(table).join("\n")), lineOf: recordLine },
  { name: "in.json", write: (table) => Buffer.from(`[\n${objects(table).join(",\n")}]\n`), lineOf: sheetLine },
  { name: "in.xlsx", write: ({ header, rows }) => workbook({ rows: [header, ...rows] }), lineOf: sheetLine },
  { name: "in.parquet", write: parquet, lineOf: recordLine },
];
