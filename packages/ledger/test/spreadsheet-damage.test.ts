import { expect, test } from "vitest";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const SHORTENED = "looks like a number that a spreadsheet shortened";
const DATE = "looks like a date that a spreadsheet made of the id";
const TIME = "looks like a time that a spreadsheet made of the id";
const TRUTH = "is a truth value, not an id";
const NOTHING = "stands for a missing value";
const DECIMALS = "looks like a number with decimals, not an id";
const ERROR = "is an error of a spreadsheet, not an id";
const TOTAL = "is the name of a total, not an id";
const BLANK = "contains a non-breaking or full-width space";
const INVISIBLE = "contains an invisible character";

const DAMAGED: [id: string, shown: string, reason: string][] = [
  ["2.02601E+13", "2.02601E+13", SHORTENED],
  ["1,5E+12", "1,5E+12", SHORTENED],
  ["2.5e20", "2.5e20", SHORTENED],
  ["1.2E-05", "1.2E-05", SHORTENED],
  ["2026-01-14", "2026-01-14", DATE],
  ["2026/1/4", "2026/1/4", DATE],
  ["14.01.2026", "14.01.2026", DATE],
  ["1/14/26", "1/14/26", DATE],
  ["2026-01-14 00:00:00", "2026-01-14 00:00:00", DATE],
  ["14-Jan", "14-Jan", DATE],
  ["Jan-26", "Jan-26", DATE],
  ["Mar-26", "Mar-26", DATE],
  ["Sep-2026", "Sep-2026", DATE],
  ["SEPT 26", "SEPT 26", DATE],
  ["1-Jan", "1-Jan", DATE],
  ["12-Mar-26", "12-Mar-26", DATE],
  ["31 december 1999", "31 december 1999", DATE],
  ["12:30", "12:30", TIME],
  ["9:05:00 PM", "9:05:00 PM", TIME],
  ["TRUE", "TRUE", TRUTH],
  ["False", "False", TRUTH],
  ["NULL", "NULL", NOTHING],
  ["NaN", "NaN", NOTHING],
  ["n/a", "n/a", NOTHING],
  ["0.5", "0.5", DECIMALS],
  ["-1,5", "-1,5", DECIMALS],
  [".25", ".25", DECIMALS],
  ["2026年1月14日", "2026年1月14日", DATE],
  ["1月14日", "1月14日", DATE],
  ["#N/A", "#N/A", ERROR],
  ["#REF!", "#REF!", ERROR],
  ["#name?", "#name?", ERROR],
  ["#DIV/0!", "#DIV/0!", ERROR],
  ["########", "########", "is what a spreadsheet shows when a column is too narrow"],
  ["20260114.0", "20260114.0", DECIMALS],
  ["20,260,114", "20,260,114", "looks like a number with thousands separators"],
  ["SR\u00a0114", "SR\\u{a0}114", BLANK],
  ["SR\u3000114", "SR\\u{3000}114", BLANK],
  ["SR\u200b114", "SR\\u{200b}114", INVISIBLE],
  ["SR114\u200b", "SR114\\u{200b}", INVISIBLE],
  ["SR\ufeff114", "SR\\u{feff}114", INVISIBLE],
  ["\u202eSR114", "\\u{202e}SR114", INVISIBLE],
  ["SR\u00ad114", "SR\\u{ad}114", INVISIBLE],
  ["SR\ufffd114", "SR\ufffd114", "contains U+FFFD: an earlier conversion lost a character"],
  ["ＳＲ１１４", "ＳＲ１１４", "contains full-width letters or digits"],
  ["'00114", "'00114", "begins like a formula or a text mark of a spreadsheet"],
  ["合计", "合计", TOTAL],
  ["总计：", "总计：", TOTAL],
  ["小計", "小計", TOTAL],
  ["Total", "Total", TOTAL],
  ["Sub-total", "Sub-total", TOTAL],
  ["Grand Total:", "Grand Total:", TOTAL],
  ['="00114"', '="00114"', "begins like a formula or a text mark of a spreadsheet"],
];

const quoted = (id: string) => `"${id.replaceAll('"', '""')}"`;

test("damage by a spreadsheet is reported with the kind of damage and the fix", async () => {
  await using temporary = await createTemporaryLedger();
  for (let start = 0; start < DAMAGED.length; start += 15) {
    const cases = DAMAGED.slice(start, start + 15);
    const rows = cases.map(([id], index) => [quoted(id), `r${index}`, "g"]);
    const planned = await temporary.plan({ "in.csv": csvOf([...rows, ["T", "r", "g"]]) });
    expect(planned.errors.map(({ line, column, value, reason }) => [line, column, value, reason])).toEqual(
      cases.map(([, shown, reason], index) => [index + 2, "case_id", shown, reason]),
    );
    expect(planned.errors.every(({ advice }) => advice)).toBe(true);
    expect(planned.record.counts.to_send).toBe(1);
  }
});

test("ids that only resemble damage are valid", async () => {
  await using temporary = await createTemporaryLedger();
  const ids = [
    "12E4",
    "7e9x",
    "2026-01",
    "2026-01-14-a7f3",
    "SR-14-Jan",
    "#1",
    "SR 114",
    "a,b",
    "Jan",
    "May-flower",
    "1.2.3",
    "20260101123456000",
    "日本",
    "1/2",
    "-",
    "mar-1",
    "NOVA-2041",
    "NOV-2141",
    "MARKET-123",
    "JUNIPER-1000",
    "DECK-12",
    "MAYBE-77",
    "SEPA-12",
    "MAR-123",
    "44-Jan",
    "TRUE-1",
    "nullable",
    "NAN1",
    "20260114,20260115",
    "12:30:1",
    "1.2.3.4",
  ];
  const planned = await temporary.plan({ "in.csv": csvOf(ids.map((id, index) => [quoted(id), `r${index}`, "g"])) });
  expect(planned.errors).toEqual([]);
});

const padded = (value: number) => String(value).padStart(8, "0");

test("numbers that lost their leading zeros are reported if the rest of the column kept them", async () => {
  await using temporary = await createTemporaryLedger();
  const whole = Array.from({ length: 10 }, (_, index) => [padded(index * 1234567), `r${index}`, "g"]);
  const planned = await temporary.plan({ "in.csv": csvOf([...whole, ["114", "r1", "g"], ["x1", "r1", "g"]]) });
  expect(planned.errors).toEqual([
    expect.objectContaining({
      line: 12,
      value: "114",
      reason: "has 3 digits; the other numbers of the column have 8, leading zeros included",
    }),
  ]);
});

test("numbers of several lengths are valid if the column does not show that zeros are missing", async () => {
  await using temporary = await createTemporaryLedger();
  const counted = Array.from({ length: 12 }, (_, index) => [String(99_995 + index), "r", "g"]);
  const mixed = [
    ["00114", "r", "g"],
    ["0114", "r", "g"],
    ["114", "r", "g"],
    ["11400", "r", "g"],
  ];
  const first = await temporary.plan({ "counted.csv": csvOf(counted), "mixed.csv": csvOf(mixed) });
  expect(first.errors).toEqual([]);
});

test("long numbers that all end in zeros are reported, but not if one does not", async () => {
  await using temporary = await createTemporaryLedger();
  const lost = ["20260114123456700", "20260114123456800", "20260114123456900"].map((id) => [id, "r", "g"]);
  const planned = await temporary.plan({ "in.csv": csvOf(lost) });
  expect(planned.errors.map(({ line, reason }) => [line, reason])).toEqual(
    [2, 3, 4].map((line) => [line, "ends in zeros after 15 digits, like all long numbers of the column"]),
  );
  const kept = await temporary.plan({ "in.csv": csvOf([...lost, ["20260114123456789", "r", "g"]]) });
  expect(kept.errors).toEqual([]);
});
