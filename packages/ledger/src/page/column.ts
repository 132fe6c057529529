import { REPORT_COLUMNS } from "../report/report-columns.ts";
import type { PageMeta, PageRow } from "./page-data.ts";

/** A column of the table of rows. */
export interface Column {
  /** Place in a {@link PageRow}. */
  at: number;
  /** As the CSV calls it. */
  name: string;
  label: string;
  /** CSS class of its width and look. */
  kind: "number" | "id" | "outcome" | "reason" | "code" | "time" | "text";
}

const SHOWN: readonly [name: (typeof REPORT_COLUMNS)[number], label: string, kind: Column["kind"]][] = [
  ["line", "Line", "number"],
  ["case_id", "Ticket", "id"],
  ["related_id", "Related", "id"],
  ["outcome", "Outcome", "outcome"],
  ["error_message", "Reason", "reason"],
  ["error_code", "Code", "code"],
  ["attempts", "Tries", "number"],
  ["settled_at", "Settled (UTC)", "time"],
  ["group_id", "Group", "text"],
];

/** Further columns that the table shows; a row's details show all. */
const MOST_OTHERS = 12;

export const OUTCOME_AT = REPORT_COLUMNS.indexOf("outcome");
export const CODE_AT = REPORT_COLUMNS.indexOf("error_code");
export const REASON_AT = REPORT_COLUMNS.indexOf("error_message");

/** Columns whose room others need where no row has anything in them. */
const DROPPED_WHERE_EMPTY: ReadonlySet<string> = new Set(["error_code", "error_message"]);

/** The columns of the stacked rows of a narrow screen, in reading order. */
const STACKED = ["case_id", "related_id", "outcome", "line", "error_message"];

export function columnsOf({ columns }: PageMeta, rows: readonly PageRow[]): Column[] {
  const own = SHOWN.map(([name, label, kind]): Column => ({
    at: REPORT_COLUMNS.indexOf(name),
    name,
    label,
    kind,
  })).filter(({ name, at }) => !DROPPED_WHERE_EMPTY.has(name) || rows.some((row) => (row[at] ?? "") !== ""));
  const others = columns
    .slice(0, MOST_OTHERS)
    .map((name, index): Column => ({ at: REPORT_COLUMNS.length + index, name, label: name, kind: "text" }));
  return [...own, ...others];
}

export function stackedColumnsOf(columns: readonly Column[]): Column[] {
  return STACKED.flatMap((name) => columns.find((column) => column.name === name && column.kind !== "text") ?? []);
}

/** Every field of a row with its name, for the details. */
export function fieldsOf({ columns }: PageMeta, row: PageRow): [name: string, value: string][] {
  return [...REPORT_COLUMNS, ...columns].flatMap((name, at): [string, string][] => {
    const value = row[at];
    return value === null || value === undefined || value === "" ? [] : [[name, String(value)]];
  });
}

/** `2026-11-24T20:14:07.123Z` as `11-24 20:14:07`: the details have all of it. */
export function shownTime(value: string): string {
  return value.replace(/^\d{4}-(\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, "$1 $2");
}
