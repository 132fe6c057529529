import { expect, test } from "vitest";
import { TEST_FORMS, type TestTable } from "./input-files.ts";
import { sentOfUntouchedRejects } from "./untouched-rejects.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = ["Case ID", "related_ids", "group_id", "note"];

/** The errors that a value can have in every format: the values of a row, and the reported column, value and reason. */
const ERRORS: [row: [ticket: string, related: string, group: string], column: string, value: string, reason: string][] =
  [
    [["", "r1", "g"], "Case ID", "", "missing"],
    [[" \u3000 ", "r1", "g"], "Case ID", "", "missing"],
    [["T", "", "g"], "related_ids", "", "missing"],
    [["T", " ;, ", "g"], "related_ids", "", "missing"],
    [["T", "r1", ""], "group_id", "", "missing"],
    [["x".repeat(65), "r1", "g"], "Case ID", `${"x".repeat(59)}…`, "65 characters; at most 64 are allowed"],
    [["T", `r1 ${"y".repeat(33)}`, "g"], "related_ids", "y".repeat(33), "33 characters; at most 32 are allowed"],
    [["T", "r1", "g".repeat(65)], "group_id", `${"g".repeat(59)}…`, "65 characters; at most 64 are allowed"],
    [["T\u0085U", "r1", "g"], "Case ID", "T\\u{85}U", "contains a control character"],
    [["T\nU", "r1", "g"], "Case ID", "T\\nU", "contains a control character"],
    [["T\u200eU", "r1", "g"], "Case ID", "T\\u{200e}U", "contains an invisible character"],
    [["T\u00a0U", "r1", "g"], "Case ID", "T\\u{a0}U", "contains a non-breaking or full-width space"],
    [["Ｔ１", "r1", "g"], "Case ID", "Ｔ１", "contains full-width letters or digits"],
    [["T", "r2 #N/A", "g"], "related_ids", "#N/A", "is an error of a spreadsheet, not an id"],
    [["2.02601E+13", "r1", "g"], "Case ID", "2.02601E+13", "looks like a number that a spreadsheet shortened"],
    [["T", "2026/1/14", "g"], "related_ids", "2026/1/14", "looks like a date that a spreadsheet made of the id"],
    [["20260114.0", "r1", "g"], "Case ID", "20260114.0", "looks like a number with decimals, not an id"],
    [["T", "T", "g"], "related_ids", "T", "is the ticket itself"],
  ];

const FIELDS: Record<string, string> = { "Case ID": "case_id", related_ids: "related_id", group_id: "group_id" };

const GOOD = ["A", "r1、r2", "g", "two\nlines"];

test.each(TEST_FORMS)(
  "$name: every kind of error is reported with line and column, and the valid rows are sent",
  async ({ name, write, lineOf }) => {
    await using temporary = await createTemporaryLedger();
    const wrong = ERRORS.map(([row]) => [...row, "n"]);
    const table: TestTable = { header: HEADER, rows: [GOOD, ...wrong, ["B", "r1", "g", ""]] };
    const content = await write(table, temporary);
    const planned = await temporary.plan({ "first.csv": "case_id,related_id,group_id\nZ,r1,g\n", [name]: content });
    expect(planned.errors).toEqual(
      ERRORS.map(([, column, value, reason], index) => ({
        severity: "error",
        file: temporary.path(name),
        line: lineOf(table, 1 + index),
        // Each object may name a field differently, so errors have the contract's name of the field.
        column: name.includes("json") ? FIELDS[column] : column,
        value,
        reason,
        advice: expect.any(String),
      })),
    );
    const ids = ERRORS.map(([[, related]]) => Math.max(1, related.split(/[ ,;]+/).filter(Boolean).length));
    const { counts } = planned.record;
    expect(counts.to_send + counts.invalid).toBe(counts.rows);
    expect(counts.rows).toBe(4 + ids.reduce((sum, count) => sum + count, 0));
    expect(await planned.writeRejects(temporary.path("rejects"))).toBe(counts.invalid);
    expect(await sentOfUntouchedRejects(temporary, planned)).toBe(0);
    const alone = await temporary.plan({ [name]: content });
    expect(await sentOfUntouchedRejects(temporary, alone)).toBe(0);
  },
);
