import { REPORT_COLUMNS } from "../report/report-row.ts";
import type { PageMeta, PageRow } from "./page-data.ts";
import type { PageText } from "./page-texts.ts";
import { say } from "./say.ts";

/** A column of the table of rows. */
export interface Column {
  /** Index into a {@link PageRow}. */
  at: number;
  /** The column's name in the CSV. */
  name: string;
  label: string;
  /** CSS class for its width and style. */
  kind: "number" | "id" | "outcome" | "reason" | "code" | "time" | "text";
}

const SHOWN: readonly [name: (typeof REPORT_COLUMNS)[number], label: PageText, kind: Column["kind"]][] = [
  ["line", "Line", "number"],
  ["case_id", "Ticket", "id"],
  ["related_id", "Related", "id"],
  ["outcome", "Outcome", "outcome"],
  ["error_message", "Reason", "reason"],
  ["error_code", "Code", "code"],
  ["attempts", "Requests", "number"],
  ["settled_at", "Settled (UTC)", "time"],
  ["group_id", "Group", "text"],
];

/** Most of the input's other columns in the table. A row's details show all of them. */
const MAX_OTHER_COLUMNS = 12;

export const OUTCOME_INDEX = REPORT_COLUMNS.indexOf("outcome");
export const CODE_INDEX = REPORT_COLUMNS.indexOf("error_code");
export const REASON_INDEX = REPORT_COLUMNS.indexOf("error_message");

/** Columns that are left out if they are empty in every row. */
const HIDDEN_IF_EMPTY: ReadonlySet<string> = new Set(["error_code", "error_message"]);

/** The columns on a narrow screen, where the cells of a row are stacked, in reading order. */
const STACKED = ["case_id", "related_id", "outcome", "line", "error_message"];

export function columnsOf({ columns }: PageMeta, rows: readonly PageRow[]): Column[] {
  const own = SHOWN.map(([name, label, kind]): Column => ({
    at: REPORT_COLUMNS.indexOf(name),
    name,
    label: say(label),
    kind,
  })).filter(({ name, at }) => !HIDDEN_IF_EMPTY.has(name) || rows.some((row) => (row[at] ?? "") !== ""));
  const others = columns
    .slice(0, MAX_OTHER_COLUMNS)
    .map((name, index): Column => ({ at: REPORT_COLUMNS.length + index, name, label: name, kind: "text" }));
  return [...own, ...others];
}

export function stackedColumnsOf(columns: readonly Column[]): Column[] {
  return STACKED.flatMap((name) => columns.find((column) => column.name === name && column.kind !== "text") ?? []);
}

/** The names and values of a row's fields, for the details. Empty fields are left out. */
export function fieldsOf({ columns }: PageMeta, row: PageRow): [name: string, value: string][] {
  return [...REPORT_COLUMNS, ...columns].flatMap((name, at): [string, string][] => {
    const value = row[at];
    return value === null || value === undefined || value === "" ? [] : [[name, String(value)]];
  });
}

/** `2026-11-24T20:14:07.123Z` as `11-24 20:14:07`. The details show the full value. */
export function shownTime(value: string): string {
  return value.replace(/^\d{4}-(\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, "$1 $2");
}
