import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { InputError } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";
import { sentOfUntouchedRejects } from "./untouched-rejects.ts";
import { planWorkbook, workbook, workbookParts, zipParts, type TestCell, type TestSheet } from "./workbook.ts";

const HEADER = ["case_id", "related_id", "group_id"];
const GOOD = ["T", "r1", "g"];
const AS_TEXT = "format the column as text and enter the id again";

async function plan(content: Buffer, name = "in.xlsx") {
  const temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ [name]: content });
  return { temporary, planned, [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose]() };
}

const outcome = (sheet: TestSheet) => planWorkbook(workbook(sheet));

test("a plan reads the first visible sheet, with the row numbers of the sheet", async () => {
  const { sent, errors, rows } = await outcome({
    rows: [
      [],
      ["Ticket ID", "关联工单号", "组ID", "note"],
      [],
      ["T1", "r1 r2\nr3", "g", "a < b"],
      ["T2", 17, "g"],
      [],
      [" ", ""],
    ],
  });
  expect(sent).toEqual([
    [4, "T1", "r1"],
    [4, "T1", "r2"],
    [4, "T1", "r3"],
    [5, "T2", "17"],
  ]);
  expect(errors).toEqual([]);
  expect(rows.map((row) => row["note"])).toEqual(["a < b", "a < b", "a < b", ""]);
});

const CELLS: [title: string, cell: TestCell, formats: string[], id: string, reason?: string][] = [
  ["a number", 20260114, [], "20260114"],
  ["a number of 15 digits", 123456789012345, [], "123456789012345"],
  ["a number written with an exponent", { xml: "><v>2.0260114E7</v>" }, [], "20260114"],
  ["a number shown with zeros before it", { xml: ' s="1"><v>114</v>' }, ["00000000"], "00000114"],
  ["a number shown with letters before it", { xml: ' s="1"><v>114</v>' }, ['"SR"00000'], "SR00114"],
  ["a number in a column of text", { xml: ' s="1"><v>114</v>' }, ["@"], "114"],
  [
    "a number with thousands",
    { xml: ' s="1"><v>20260114</v>' },
    ["#,##0_);[Red]\\(#,##0\\)"],
    "20,260,114",
    "shows in another form; 20260114 is stored",
  ],
  [
    "a number of 17 digits",
    { xml: "><v>20260114123456700</v>" },
    [],
    "20260114123456700",
    "more digits than a spreadsheet keeps",
  ],
  ["a number with decimals", 1.5, [], "1.5", "a number with decimals"],
  ["a date", { xml: ' s="1"><v>46036</v>' }, ["yyyy/m/d"], "2026-01-14", "is a date in the sheet"],
  [
    "a date in Chinese",
    { xml: ' s="1"><v>46036.5</v>' },
    ['yyyy"年"m"月"d"日"'],
    "2026-01-14 12:00:00",
    "is a date in the sheet",
  ],
  ["a date as text of ISO", { xml: ' t="d"><v>2026-01-14</v>' }, [], "2026-01-14", "is a date in the sheet"],
  ["a percentage", { xml: ' s="1"><v>12</v>' }, ["0%"], "1200%", "shows in another form; 12 is stored"],
  ["a truth value", { xml: ' t="b"><v>1</v>' }, [], "TRUE", "is a truth value"],
  ["a formula's text", { xml: ' t="str"><f>A1&amp;"x"</f><v>T1x</v>' }, [], "T1x"],
  ["a formula's number", { xml: "><f>SUM(1,2)</f><v>3</v>" }, [], "3"],
  ["a formula's text with an escape", { xml: ' t="str"><f>A1</f><v>T_x0041__x005F_x0041_</v>' }, [], "TA_x0041_"],
  [
    "a text that ends in an escaped line end",
    { xml: ' t="str"><f>A1</f><v>T1_x000D_</v>' },
    [],
    "T1\\r",
    "control character",
  ],
  ["a formula without its result", { xml: "><f>1+1</f><v></v>" }, [], "", "formula without a stored result"],
  ["a formula's text without a number", { xml: ' t="s"><f>A1</f><v/>' }, [], "", "formula without a stored result"],
  ["a formula with an empty text as its result", { xml: ' t="str"><f>A1</f><v></v>' }, [], "", "missing"],
  ["a shared text without a number", { xml: ' t="s"><v></v>' }, [], "", "missing"],
  ["a truth value without a value", { xml: ' t="b"><v/>' }, [], "", "missing"],
  ["a number without digits", { xml: "><v> </v>" }, [], "", "missing"],
  ["a number in hexadecimal", { xml: "><v>0x10</v>" }, [], "0x10", "is a number that cannot be read"],
  ["a text in the wrong element", { xml: ' t="inlineStr"><v>T9</v>' }, [], "T9"],
  ["a formula that was never calculated", { xml: "><f>SUM(1,2)</f>" }, [], "", "formula without a stored result"],
  [
    "a text in the cell",
    { xml: ' t="inlineStr"><is><r><t>T</t></r><r><t>9</t></r><rPh><t>tee</t></rPh></is>' },
    [],
    "T9",
  ],
  [
    "a text with an escaped bell",
    { xml: ' t="inlineStr"><is><t>T_x0007_</t></is>' },
    [],
    "T\\u{7}",
    "control character",
  ],
  ["an error", { xml: ' t="e"><v>#N/A</v>' }, [], "#N/A", "is an error of a spreadsheet"],
];

test.each(CELLS)("%s is an id, or is reported by what it is", async (_, cell, formats, id, reason) => {
  const { sent, errors } = await outcome({ rows: [HEADER, [cell, "r1", "g"], ["U", cell, "g"]], formats });
  const isReported = reason !== undefined;
  const reported = expect.stringContaining(reason ?? "");
  const expectedRows = [
    [2, id, "r1"],
    [3, "U", id],
  ];
  const expectedErrors = [
    [2, "case_id", id, reported],
    [3, "related_id", id, reported],
  ];
  expect(sent).toEqual(isReported ? [] : expectedRows);
  expect(errors).toEqual(isReported ? expectedErrors : []);
});

test("no row of the rejects file is sent before someone enters the id, for any kind of cell", async () => {
  const formats = ["00000000", "yyyy/m/d", "0%"];
  const cells = CELLS.flatMap(([, cell, [format], , reason]) =>
    reason && reason !== "missing" && !format ? [cell] : [],
  );
  const styled = formats.map((_, index): TestCell => ({ xml: ` s="${index + 1}"><v>46036</v>` })).slice(1);
  const invalid = [...cells, ...styled];
  const rows = invalid.flatMap((cell, at) => [
    [cell, "r1", "g"],
    [`T${at}`, cell, "g"],
    [`U${at}`, "r1", cell],
  ]);
  await using temporary = await createTemporaryLedger();
  const content = workbook({
    rows: [HEADER, ...rows, ["H", "r1", "g"], ["V", "r1", "g", "left over"]],
    formats,
    rowAttributes: { [rows.length + 2]: ' hidden="1"' },
  });
  for (const request of [{}, { groupId: "g" }]) {
    const planned = await temporary.plan({ "in.xlsx": content }, request);
    expect(planned.record.counts).toMatchObject({ invalid: invalid.length * 3 + 2, to_send: 0 });
    expect(await sentOfUntouchedRejects(temporary, planned, request)).toBe(0);
  }
});

test("a merged cell counts for every row that it covers", async () => {
  const { sent, errors } = await outcome({
    rows: [HEADER, ["T1", "r1", "g"], [undefined, "r2"], [undefined, "r3"], ["T2", "r1", "g"], [undefined, "r2", "g"]],
    merged: ["A2:A4", "C2:C4", "A1:C1"],
  });
  expect(sent).toEqual([
    [2, "T1", "r1"],
    [3, "T1", "r2"],
    [4, "T1", "r3"],
    [5, "T2", "r1"],
  ]);
  expect(errors).toEqual([[6, "case_id", "", "missing"]]);
});

test("hidden rows, and values without a column, are reported and not sent", async () => {
  const { sent, errors } = await outcome({
    rows: [HEADER, GOOD, ["T", "r2", "g"], ["T", "r3", "g", "left over"]],
    rowAttributes: { 3: ' hidden="1"' },
  });
  expect(sent).toEqual([[2, "T", "r1"]]);
  expect(errors).toEqual([
    [3, undefined, "T r2 g", "the row is hidden in the sheet"],
    [4, undefined, "left over", "has a value in column D, which has no name"],
  ]);
});

test("the dates of old Macs count from 1904", async () => {
  const { errors } = await outcome({
    rows: [HEADER, [{ xml: ' s="1"><v>44574</v>' }, "r1", "g"], GOOD],
    formats: ["dd.mm.yy"],
    is1904: true,
  });
  expect(errors).toEqual([[2, "case_id", "2026-01-14", "is a date in the sheet"]]);
});

test("the rejects file of a spreadsheet is CSV that a spreadsheet opens, to be fixed and run again", async () => {
  await using read = await plan(
    workbook({ rows: [[...HEADER, "备注"], GOOD, ["", "r2", "g", "测试"], [1.5, "r3", "g"]] }),
  );
  const { temporary, planned } = read;
  expect(planned.rejectsFormat).toBe("csv");
  expect(await planned.writeRejects(temporary.path("rejects.csv"))).toBe(2);
  expect((await readFile(temporary.path("rejects.csv"), "utf8")).split("\n")).toEqual([
    "\ufeffcase_id,related_id,group_id,备注,reason",
    `,r2,g,测试,"${temporary.path("in.xlsx")} line 3, case_id """": missing; give the column a value"`,
    `1.5,r3,g,,"${temporary.path("in.xlsx")} line 4, case_id ""1.5"": is a number with decimals in the sheet; ${AS_TEXT}"`,
    "",
  ]);
});

const PARTS = workbookParts({ rows: [HEADER, GOOD] });
const SHEET = "xl/worksheets/sheet2.xml";
const sheetOf = (xml: string) =>
  zipParts({ ...PARTS, [SHEET]: `<worksheet><sheetData>${xml}</sheetData></worksheet>` });

const BROKEN: [title: string, content: Buffer, message: RegExp, name?: string][] = [
  ["cut short", workbook({ rows: [HEADER, GOOD] }).subarray(0, 900), /is a damaged spreadsheet.*save it again/],
  ["a ZIP of other files", zipParts({ "in.csv": "case_id" }), /is a ZIP archive, not a spreadsheet/],
  [
    "OpenDocument",
    zipParts({ mimetype: "x", "content.xml": "<x/>" }),
    /OpenDocument spreadsheet \(ODS\)\. Save it as XLSX/,
  ],
  ["a binary workbook", zipParts({ "_rels/.rels": "<x/>", "xl/workbook.bin": "" }), /binary spreadsheet \(XLSB\)/],
  ["a letter", zipParts({ "_rels/.rels": "<x/>", "word/document.xml": "<x/>" }), /lacks its part xl\/workbook\.xml/],
  ["an old spreadsheet or an encrypted one", Buffer.from("d0cf11e0a1b11ae1", "hex"), /with a password/],
  ["text", Buffer.from("case_id,related_id\n"), /is not a spreadsheet \(XLSX\): its first bytes are different/],
  ["without a row", workbook({ rows: [] }), /has an empty first sheet/],
  ["of a header alone", workbook({ rows: [HEADER] }), /has a header but no row/],
  [
    "without a column",
    workbook({ rows: [["a", "b"], GOOD] }),
    /no columns case_id, related_id and group_id\. Its columns: a, b\. /,
  ],
  ["with XML that breaks off", sheetOf("<row"), /is a damaged spreadsheet/],
  [
    "with a reference to a text that does not exist",
    sheetOf('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
    /refers to a text that does not exist/,
  ],
  ["with rows out of order", sheetOf('<row r="2"/><row r="1"/>'), /has rows out of order/],
  ["with a row that no sheet has", sheetOf('<row r="99999999"/>'), /has rows out of order/],
  [
    "with a column that no sheet has",
    sheetOf('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
    /more columns than a sheet can/,
  ],
  [
    "with entities",
    zipParts({
      ...PARTS,
      [SHEET]:
        '<!DOCTYPE x [<!ENTITY a "aa">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>',
    }),
    /is a damaged spreadsheet/,
  ],
  [
    "with nothing in 200 MB",
    zipParts({ ...PARTS, [SHEET]: `<worksheet>${" ".repeat(200 << 20)}</worksheet>` }),
    /unpacks to far more than any sheet/,
  ],
  [
    "with a value without an end",
    sheetOf(`<row><c t="str"><v>${"x".repeat(9 << 20)}</v></c></row>`),
    /a value without an end/,
  ],
];

test.each(BROKEN)("a plan rejects a spreadsheet %s", async (_, content, message) => {
  await using temporary = await createTemporaryLedger();
  const error = await temporary.plan({ "in.xlsx": content }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ message: expect.stringMatching(message) });
});
