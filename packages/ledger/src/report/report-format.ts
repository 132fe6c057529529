import type { Writable } from "node:stream";
import { defuse, formatCsvLine, ownValue } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import type { Outcome, UndoOutcome } from "../outcome.ts";
import type { ReportLanguage } from "./page-words.ts";
import { REPORT_COLUMNS, type ReportRow } from "./report-row.ts";

export interface ReportOptions {
  /** `html`: a page that needs no other file; of a very large batch it has only a part of the rows. */
  format: "csv" | "jsonl" | "html";
  /** Only rows with one of these outcomes. Default: all rows. */
  outcomes?: readonly (Outcome | UndoOutcome)[];
  /** The language of an HTML page; CSV and JSON lines are the same in every language. Default: English. */
  language?: ReportLanguage | undefined;
  /** A path, replaced as a whole once the report is complete, or a stream, which is not ended. */
  out: Writable | string;
}

export interface ReportFormat {
  /** Written before the rows. */
  header: string;
  /** Formats a row, including the line feed. */
  line: (row: ReportRow) => string;
}

/**
 * CSV (RFC 4180) with line feeds. Cells that a spreadsheet would run as formulas are made harmless. The report has a byte
 * order mark if the first input has one: without it, Excel reads the file in a legacy encoding.
 */
export function createCsvReport({ columns, inputs }: Pick<BatchRecord, "columns" | "inputs">): ReportFormat {
  return {
    header: `${inputs[0]?.byte_order_mark ? "\ufeff" : ""}${formatCsvLine([...REPORT_COLUMNS, ...reportNames(columns).map(defuse)])}\n`,
    line(row) {
      const cells = REPORT_COLUMNS.map((column) => {
        const cell = textOf(row[column]);
        return isId(column) && SAFE_ID.test(cell) ? cell : defuse(cell);
      });
      for (const column of columns) cells.push(defuse(textOf(ownValue(row.other, column))));
      return `${formatCsvLine(cells)}\n`;
    },
  };
}

/** JSON lines with the columns of the CSV. Absent values are `null`. */
export function createJsonReport(columns: readonly string[]): ReportFormat {
  const names = reportNames(columns);
  return {
    header: "",
    line({ other, ...row }) {
      const own = REPORT_COLUMNS.map((column) => [column, row[column]] as const);
      const others = columns.map((column, index) => [names[index], ownValue(other, column) ?? null] as const);
      return `${JSON.stringify(Object.fromEntries([...own, ...others]))}\n`;
    },
  };
}

/**
 * Names for the input's other columns in the report. A name that the report itself uses gets the prefix `input_`, so that
 * a report can be an input again.
 */
export function reportNames(columns: readonly string[]): string[] {
  const taken = new Set<string>([...REPORT_COLUMNS, ...columns]);
  return columns.map((column) => {
    if (!REPORT_COLUMNS.some((own) => own === column)) return column;
    let name = `input_${column}`;
    while (taken.has(name)) name = `input_${name}`;
    taken.add(name);
    return name;
  });
}

/**
 * Ids of these characters are written unchanged, also with a leading hyphen, so that a report can be an input again. A
 * spreadsheet may read `-SR1` as a reference to a cell, but cannot call a function with it.
 */
const SAFE_ID = /^[A-Za-z0-9._-]+$/;

function isId(column: (typeof REPORT_COLUMNS)[number]): boolean {
  return column === "case_id" || column === "related_id" || column === "group_id";
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
