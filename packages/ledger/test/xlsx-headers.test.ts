import { expect, test } from "vitest";
import { InputError, type PlanRequest } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";
import { planWorkbook, workbook, workbookParts, zipParts, type TestSheet } from "./workbook.ts";

const HEADER = ["case_id", "related_id", "group_id"];
const ROW = ["T1", "r1", "g"];

async function planned(sheet: TestSheet, request: Partial<PlanRequest> = {}) {
  await using temporary = await createTemporaryLedger();
  const { errors, warnings, record } = await temporary.plan({ "in.xlsx": workbook(sheet) }, request);
  return {
    errors: errors.map(({ line, column, reason }) => [line, column, reason]),
    warnings: warnings.map(({ line, reason }) => [line, reason]),
    toSend: record.counts.to_send,
  };
}

test.each<[string, TestSheet["rows"], string[], number, string]>([
  [
    "of a line each",
    [["工单关联导出"], [undefined, "Exported 2026-01-01"], [], [...HEADER, "note"]],
    [],
    4,
    'the 2 lines above it are not read: "工单关联导出", "Exported 2026-01-01"',
  ],
  ["merged over the columns", [["Export"], HEADER], ["A1:C1"], 2, 'line 1 above it is not read: "Export"'],
  ["merged over two lines", [["Export"], [], HEADER], ["A1:C2"], 3, 'line 1 above it is not read: "Export"'],
  [
    "with names of columns",
    [["Ticket ID"], ["Group ID", "g7"], HEADER],
    [],
    3,
    'the 2 lines above it are not read: "Ticket ID", "Group ID g7"',
  ],
  [
    "above a header of two lines",
    [["Export"], ["Tickets", undefined, "group_id"], ["case_id", "related_id"]],
    ["A2:B2", "C2:C3"],
    2,
    'line 1 above it is not read: "Export"',
  ],
])("title rows %s above the header of a sheet are not read", async (_, titles, merged, line, what) => {
  const found = await planned({ rows: [...titles, ROW, ["", "r", "g"]], merged });
  expect(found).toEqual({
    toSend: 1,
    errors: [[titles.length + 2, "case_id", "missing"]],
    warnings: [[line, `the header is in line ${line}; ${what}`]],
  });
});

test("a picture's cell that is merged beside the table takes no row into the header", async () => {
  const { sent, errors } = await planWorkbook(
    workbook({
      rows: [["Logo"], [undefined, ...HEADER], [undefined, ...ROW], [undefined, "T2", "r2", "g"]],
      merged: ["A1:A4"],
    }),
  );
  expect(errors).toEqual([]);
  expect(sent).toEqual([
    [3, "T1", "r1"],
    [4, "T2", "r2"],
  ]);
});

test("a row above the header of a sheet is named, and nothing is planned", async () => {
  const rows = [["SR1", "RL1", "g1"], HEADER, ROW];
  await expect(planned({ rows })).rejects.toThrow(/header in line 2, and in line 1 above it what may be a row/);
});

test("the second line of a header in two languages is not read", async () => {
  const rows = [
    ["Ticket ID", "Related Ticket ID", "Group ID", "Note"],
    ["工单号", "关联工单号", "用户组ID", "备注"],
    ROW,
  ];
  expect(await planned({ rows })).toEqual({
    toSend: 1,
    errors: [],
    warnings: [
      [
        2,
        'the header goes on in line 2, which names the same columns and is not read: "工单号 关联工单号 用户组ID 备注"',
      ],
    ],
  });
});

test("a sheet without the columns is an error that lists the other sheets", async () => {
  const parts = workbookParts({ rows: [["hello"]] });
  const shown = (name: string) => zipParts({ ...parts, "xl/workbook.xml": name });
  const content = shown(
    (parts["xl/workbook.xml"] ?? "").replace(
      "</sheets>",
      '<sheet name="Tickets &amp; more" sheetId="3" r:id="r1"/></sheets>',
    ),
  );
  const error: unknown = await planWorkbook(content).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({
    message: expect.stringMatching(/has no columns case_id.*name another sheet with --sheet: "Tickets & more"\.$/),
  });
  // "old" is hidden.
  await expect(planWorkbook(shown(parts["xl/workbook.xml"] ?? ""))).rejects.not.toThrow(/another sheet/);
});

test.each([
  ['<col min="1" max="1" hidden="1"/>', "", "column A, which is read as case_id, is hidden in the sheet"],
  ['<col min="2" max="2" width="0" customWidth="1"/>', "", "column B, which is read as related_id, is hidden"],
  ['<col min="3" max="16384" width="9" hidden="true"/>', "", "column C, which is read as group_id, is hidden"],
  ['<col min="1" max="2" width="9"/>', ' defaultColWidth="0"', "column C, which is read as group_id, is hidden"],
])("a hidden column with ids is an error of the file: %s%s", async (col, defaults, reason) => {
  const sheet = {
    rows: [
      ["case_id", "related_id", "group_id", "Ticket ID"],
      ["HIDDEN", "r1", "g", "T1"],
    ],
    sheetFormat: `<sheetFormatPr defaultRowHeight="15"${defaults}/><cols>${col}</cols>`,
  };
  await expect(planned(sheet)).rejects.toThrow(reason);
  await expect(planned(sheet)).rejects.toMatchObject({ diagnostics: [{ line: 1, column: expect.any(String) }] });
  const map = { case_id: "Ticket ID", related_id: "related_id", group_id: "group_id" };
  expect((await planWorkbook(workbook(sheet), { map })).sent).toEqual([[2, "T1", "r1"]]);
});

test("a hidden column without ids is no error", async () => {
  const sheetFormat = '<cols><col min="4" max="4" hidden="1"/></cols>';
  expect(await planned({ rows: [[...HEADER, "note"], ROW], sheetFormat })).toMatchObject({ toSend: 1, warnings: [] });
});

test("an id that a merged cell covers is an error, as the sheet does not show it", async () => {
  const found = await planWorkbook(
    workbook({
      rows: [
        ["case_id", "related_id1", "related_id2", "group_id"],
        ["T1", "r1", "COVERED", "g"],
        ["T2", "r2", undefined, "g"],
        ["COVERED", "r3", undefined, "g"],
        ["T2", "r4", undefined, "g"],
      ],
      merged: ["B2:C2", "A3:A5"],
    }),
  );
  const reason = "is covered by a merged cell: the sheet does not show it";
  expect(found.errors).toEqual([
    [2, "related_id2", "COVERED", reason],
    [4, "case_id", "COVERED", reason],
  ]);
  expect(found.sent).toEqual([
    [2, "T1", "r1"],
    [3, "T2", "r2"],
    [5, "T2", "r4"],
  ]);
});

test("a sheet with two cells in one place is damaged", async () => {
  const rows = [HEADER, [{ xml: ' t="str"><v>T1</v></c><c r="A2" t="str"><v>T2</v>' }, "r", "g"]];
  await expect(planned({ rows })).rejects.toThrow(/has two cells A2/);
});
