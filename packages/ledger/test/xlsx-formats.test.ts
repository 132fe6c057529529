import { expect, test } from "vitest";
import { parseNumberFormat } from "../src/plan/readers/xlsx/number-format.ts";
import { planWorkbook, workbook, type TestCell } from "./workbook.ts";

/** The format, the stored number, and the id that the sheet shows; a list: what the error shows instead of an id. */
const NUMBERS: [code: string, stored: number, shown: string | [string]][] = [
  ["0000-0000", 12345678, "1234-5678"],
  ["0000-0000", 1234, "0000-1234"],
  ["000\\-00\\-0000", 123456789, "123-45-6789"],
  ["[<=99999]00000;00000\\-0000", 123456789, "12345-6789"],
  ["[<=99999]00000;00000\\-0000", 123, "00123"],
  ["[>99999]000000;00000", 123, "00123"],
  ['[>=1000]"K"0;"S"00', 7, "S07"],
  ["[<100]0", 500, ["500"]],
  ['0;"SR"0', -5, "SR5"],
  ["0000", -5, "-0005"],
  ["[<9]0000", -5, ["-0005"]],
  [";;;", 114, [""]],
  ["0;;", 0, [""]],
  ['0;-0;"none"', 0, ["none"]],
  ["[Red]00000", 114, "00114"],
  ["[Color10][$-804]00000", 114, "00114"],
  ["[$-en-US]00000", 114, "00114"],
  ["[$SR-409]00000", 114, "SR00114"],
  ["\\S\\R00000", 114, "SR00114"],
  ['"SR2026-"000', 5, "SR2026-005"],
  ['000"/A"', 5, "005/A"],
  ["_(00000_);_(\\(00000\\)", 114, "00114"],
  ["* 00000", 114, "00114"],
  ['"SR"General', 114, "SR114"],
  ['"SR"General', 123456789012, ["SR1.23457E+11"]],
  ["General", 20260200000000, ["20260200000000"]],
  ["General", 123456000000, ["123456000000"]],
  ["General", 20260201000008, "20260201000008"],
  ["0", 20260200000000, "20260200000000"],
  ["[Blue]General", 114, "114"],
  ["G/通用格式", 114, "114"],
  ["#,##0", 114, "114"],
  ["#,##0", 1140, ["1,140"]],
  ["0.00", 114, ["114.00"]],
  ["0.", 114, ["114."]],
  ["0,", 114000, ["114"]],
  ["0%", 1, ["100%"]],
  ["0E+00", 12345678, ["1E+07"]],
  ["# ?/?", 12, ["12"]],
  ["0000/00", 202411, ["202411/10"]],
  ["#", 0, [""]],
  ['"SR"*00000', 114, ["SR0114"]],
  ["00_-00", 1234, ["12 34"]],
  ["[DBNum1]0", 5, ["5"]],
  ["[$-2000401]0", 5, ["5"]],
  ["SR0000", 5, ["5"]],
  ['"SR0000', 5, ["5"]],
  ["0;0;0;0;0", 5, ["5"]],
];

test("a number is the id that the sheet shows, or is reported with the text that it shows", async () => {
  const formats = NUMBERS.map(([code]) => code);
  const rows = NUMBERS.map(([, stored], at): TestCell[] => [`T${at}`, { xml: ` s="${at + 1}"><v>${stored}</v>` }, "g"]);
  for (let start = 0; start < rows.length; start += 15) {
    const some = rows.slice(start, start + 15);
    const { sent, errors } = await planWorkbook(
      workbook({ rows: [["case_id", "related_id", "group_id"], ...some, ["T", "R", "g"]], formats }),
    );
    const expected = NUMBERS.slice(start, start + 15).map(([code, , shown], at) => ({ code, shown, line: at + 2 }));
    const byLine = expected.map(({ code, line }) => {
      const id = sent.find(([sentLine]) => sentLine === line)?.[2];
      const error = errors.find(([errorLine]) => errorLine === line);
      return { code, line, shown: id ?? [error?.[2]] };
    });
    expect(byLine).toEqual(expected);
  }
});

test("a number of a date's section is a date, whatever the other sections show", async () => {
  const formats = ["[<100]0;yyyy-mm-dd", "[$-F800]dddd", "[h]:mm", 'ggge"年"'];
  const cells = formats.map((_, at): TestCell => ({ xml: ` s="${at + 1}"><v>46036</v>` }));
  const { errors } = await planWorkbook(
    workbook({
      rows: [["case_id", "related_id", "group_id"], ...cells.map((cell) => [cell, "r", "g"]), ["T", "r", "g"]],
      formats,
    }),
  );
  expect(errors).toEqual(formats.map((_, at) => [at + 2, "case_id", "2026-01-14", "is a date in the sheet"]));
});

/** The text 114 in a style. */
const text = (style: number): TestCell => ({ xml: ` t="inlineStr" s="${style}"><is><t>114</t></is>` });

test("a text is the id that the sheet shows, or is reported if the sheet hides it", async () => {
  const formats = ["@", '"SR"@', ";;;", '0;0;0;"hidden"', "0000-0000", "_(@_)", "0;@;@"];
  const { sent, errors } = await planWorkbook(
    workbook({
      rows: [["case_id", "related_id", "group_id"], ...formats.map((_, at) => [`T${at}`, text(at + 1), "g"])],
      formats,
    }),
  );
  expect(sent.map(([line, , id]) => [line, id])).toEqual([
    [2, "114"],
    [3, "SR114"],
    [6, "114"],
    [7, "114"],
    [8, "114"],
  ]);
  expect(errors).toEqual([
    [4, "related_id", "114", "is a text that the sheet does not show"],
    [5, "related_id", "114", "is a text that the sheet shows in another form"],
  ]);
});

const separatedRows = (name: string): TestCell[][] => [
  ["case_id", name, "group_id"],
  ["T", { xml: ' s="1"><v>1234</v>' }, "g"],
  ["U", "r1 r2", "g"],
];

test("a number with a separator in it is one id, and an error in a column of several", async () => {
  const one = await planWorkbook(workbook({ rows: separatedRows("related_id"), formats: ["00 00"] }));
  expect(one.sent[0]).toEqual([2, "T", "12 34"]);
  const list = await planWorkbook(workbook({ rows: separatedRows("related_ids"), formats: ["00 00"] }));
  expect(list.errors).toEqual([
    [2, "related_ids", "12 34", "is one number that the sheet shows with a separator in it"],
  ]);
});

test("a number that is formatted by its number of digits has the text of the formatter", () => {
  const differing = NUMBERS.flatMap(([code]) => {
    const format = parseNumberFormat(code);
    const samples = Array.from({ length: 15 }, (_, index) => "712345689012345".slice(0, index + 1));
    return samples.filter((digits) => {
      const text = format.ofDigits(digits);
      const form = format.ofNumber(Number(digits));
      return text !== undefined && text !== (form.kind === "plain" ? digits : form.kind === "exact" && form.text);
    });
  });
  expect(differing).toEqual([]);
});
