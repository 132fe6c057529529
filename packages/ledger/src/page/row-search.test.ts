import { expect, test } from "vitest";
import { OUTCOME_INDEX } from "./column.ts";
import { REPORT_COLUMNS } from "../report/report-row.ts";
import type { PageRow } from "./page-data.ts";
import { RowSearch, type RowQuery } from "./row-search.ts";

const lineAt = REPORT_COLUMNS.indexOf("line");
const codeAt = REPORT_COLUMNS.indexOf("error_code");
const rowOf = (line: number, outcome: string | null, code: string | null, other: string | null = null): PageRow => [
  ...REPORT_COLUMNS.map((name) => ({ line, outcome, error_code: code })[name as "line"] ?? null),
  other,
];
const ROWS = [
  rowOf(2, "created", null, "Ö"),
  rowOf(10, "failed", "R10"),
  rowOf(9, "failed", "r9"),
  rowOf(11, null, "R10"),
];
const find = (query: Partial<RowQuery>): number[] =>
  [...new RowSearch(ROWS).find({ text: "", outcomes: new Set(), sort: undefined, ...query })].map((at) =>
    Number(ROWS[at]?.[lineAt]),
  );

test("a search finds text in any column and ignores case and surrounding blanks", () => {
  expect(find({ text: " ö " })).toEqual([2]);
  expect(find({ text: "FAIL" })).toEqual([10, 9]);
  expect(find({ text: "none of it" })).toEqual([]);
});

test("a filter by outcome uses the empty name for rows without an outcome", () => {
  expect(find({ outcomes: new Set(["created", ""]) })).toEqual([2, 11]);
  expect(find({ outcomes: new Set(["failed"]), text: "r1" })).toEqual([10]);
});

test("sorting compares digits as numbers, puts absent values last and keeps the order of equal rows", () => {
  expect(find({ sort: { at: lineAt, isDescending: false } })).toEqual([2, 9, 10, 11]);
  expect(find({ sort: { at: codeAt, isDescending: false } })).toEqual([9, 10, 11, 2]);
  expect(find({ sort: { at: codeAt, isDescending: true } })).toEqual([10, 11, 9, 2]);
  expect(find({ sort: { at: OUTCOME_INDEX, isDescending: true } })).toEqual([10, 9, 2, 11]);
});
