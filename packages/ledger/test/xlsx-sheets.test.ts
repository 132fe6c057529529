import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createTemporaryLedger } from "./temporary-ledger.ts";
import { planWorkbook, workbook, workbookParts, zipParts, type TestSheet } from "./workbook.ts";

const HEADER = ["case_id", "related_id", "group_id"];
const outcome = (sheet: TestSheet) => planWorkbook(workbook(sheet));

const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
const row = (texts: readonly string[]) => `<row>${texts.map(cell).join("")}</row>`;

/** A workbook with a hidden sheet and a visible one, of these names. */
function twoSheets(hidden = "old", visible = "tickets"): Buffer {
  const parts = workbookParts({ rows: [HEADER, ["T", "r", "g"]] });
  return zipParts({
    ...parts,
    "xl/workbook.xml": (parts["xl/workbook.xml"] ?? "")
      .replace('"old"', `"${hidden}"`)
      .replace('"tickets"', `"${visible}"`),
    "xl/worksheets/sheet1.xml": `<worksheet><sheetData>${row(HEADER)}${row(["H", "r", "g"])}</sheetData></worksheet>`,
  });
}

test("a plan reads the sheet of a name, also a hidden one, in any case", async () => {
  const content = twoSheets();
  expect((await planWorkbook(content)).sent).toEqual([[2, "T", "r"]]);
  expect((await planWorkbook(content, {}, "tickets")).sent).toEqual([[2, "T", "r"]]);
  expect((await planWorkbook(content, {}, "Old")).sent).toEqual([[2, "H", "r"]]);
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect((await planWorkbook(twoSheets(name), {}, name)).sent).toEqual([[2, "H", "r"]]);
    await expect(planWorkbook(content, {}, name)).rejects.toThrow(`has no sheet "${name}". Its sheets:`);
  }
});

test("the error for an unknown sheet lists the sheets", async () => {
  const message = /in\.xlsx has no sheet "Tickets 2"\. Its sheets: "old" \(hidden\), "tickets"\. Name one .* --sheet\./;
  await expect(planWorkbook(twoSheets(), {}, "Tickets 2")).rejects.toThrow(message);
});

test("a sheet of an input without sheets is an error that says what to do", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("in.csv", "case_id,related_id,group_id\nT,r,g\n");
  const planned = temporary.plan({}, { inputs: [{ path, sheet: "tickets" }] });
  await expect(planned).rejects.toThrow(/in\.csv is CSV, which has no sheets\. Leave out --sheet/);
});

test("two sheets of a file are different inputs", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("in.xlsx", twoSheets());
  const plan = async (sheet?: string) =>
    (await temporary.plan({}, { inputs: [{ path, ...(sheet !== undefined && { sheet }) }] })).record;
  const [first, tickets, old] = [await plan(), await plan("tickets"), await plan("old")];
  expect(new Set([first, tickets, old].map((record) => record.input_digest)).size).toBe(3);
  expect(old.inputs[0]).toMatchObject({ sheet: "old" });
});

test("the lines below merged cells of a header belong to it", async () => {
  const { sent, errors, rows } = await outcome({
    rows: [
      ["case_id", "related_id", "group_id", "contact"],
      [undefined, undefined, undefined, "name"],
      ["T1", "r1", "g", "Ada"],
      [undefined, "r2", "g", "Bo"],
    ],
    merged: ["C1:C2", "B1:B2", "A1:A2", "A3:A4"],
  });
  expect(sent).toEqual([
    [3, "T1", "r1"],
    [4, "T1", "r2"],
  ]);
  expect(errors).toEqual([]);
  expect(rows.map((row) => row["contact name"])).toEqual(["Ada", "Bo"]);
});

test("the names of the ids can be in the second line of a header", async () => {
  const { sent, errors } = await outcome({
    rows: [
      ["Tickets", undefined, "note", "group_id"],
      ["case_id", "related_id"],
      ["T1", "r1", "x", "g"],
    ],
    merged: ["A1:B1", "C1:C2", "D1:D2"],
  });
  expect([sent, errors]).toEqual([[[3, "T1", "r1"]], []]);
});

test("a merged cell of another column takes no row of ids into the header", async () => {
  const { sent, rows } = await outcome({
    rows: [
      [...HEADER, "note"],
      ["T1", "r1", "g"],
    ],
    merged: ["D1:D2"],
  });
  expect(sent).toEqual([[2, "T1", "r1"]]);
  expect(rows[0]?.["note"]).toBe("");
});

test("a row without height is a hidden row", async () => {
  const reason = "the row is hidden in the sheet";
  const rows = [HEADER, ["T1", "r", "g"], ["T2", "r", "g"], ["T3", "r", "g"], ["T4", "r", "g"], ["T5", "r", "g"]];
  const own = await outcome({
    rows,
    rowAttributes: { 2: ' ht="0" customHeight="1"', 3: ' customHeight="1"', 4: ' ht="0.0"', 5: ' ht="15"' },
  });
  expect(own.sent.map(([line]) => line)).toEqual([5, 6]);
  expect(own.errors.map(([line, , , found]) => [line, found])).toEqual([2, 3, 4].map((line) => [line, reason]));
  const byDefault = async (attributes: string) => {
    const all = await outcome({
      rows,
      sheetFormat: `<sheetFormatPr ${attributes}/>`,
      rowAttributes: { 3: ' hidden="0"', 4: ' ht="15" customHeight="1"', 5: ' hidden="false"' },
    });
    expect(all.sent.map(([line]) => line)).toEqual([3, 4, 5]);
    return all.errors.map(([line, , , found]) => [line, found]);
  };
  expect(await byDefault('defaultRowHeight="0"')).toEqual([2, 6].map((line) => [line, reason]));
  const unclear = expect.stringMatching(/^the row may be hidden: /);
  for (const attributes of ['zeroHeight="1"', 'zeroHeight="true" defaultRowHeight="15"']) {
    expect(await byDefault(attributes)).toEqual([2, 6].map((line) => [line, unclear]));
  }
});

test("in a sheet that hides its rows, the rows that a spreadsheet has written are visible", async () => {
  // Excel writes only the rows that are not hidden, and with each its first and last column.
  const { sent, errors } = await outcome({
    rows: [HEADER, ["T1", "r", "g"], ["T2", "r", "g"]],
    sheetFormat: '<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>',
    rowAttributes: { 1: ' spans="1:3"', 2: ' spans="1:3"', 3: ' spans="1:3" hidden="1"' },
  });
  expect(sent).toEqual([[2, "T1", "r"]]);
  expect(errors).toMatchObject([[3, undefined, "T2 r g", "the row is hidden in the sheet"]]);
});

test("columns with the names of an object's own keys are columns as others", async () => {
  const names = ["constructor", "toString", "__proto__"];
  const { rows } = await outcome({
    rows: [
      [...HEADER, ...names],
      ["T", "r", "g", "1", "2", "3"],
    ],
  });
  expect(names.map((name) => Object.entries(rows[0] ?? {}).find(([key]) => key === name)?.[1])).toEqual([
    "1",
    "2",
    "3",
  ]);
  const mapped = await planWorkbook(workbook({ rows: [[...names], ["T", "r", "g"]] }), {
    map: { case_id: "constructor", related_id: "toString", group_id: "__proto__" },
  });
  expect(mapped.sent).toEqual([[2, "T", "r"]]);
});

test("the rejects file runs no formula, and is planned with the same texts", async () => {
  const texts = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "'=x", "''@x", "'plain", "\t=x", "＝x", "plain"];
  await using temporary = await createTemporaryLedger();
  const content = workbook({
    rows: [[...HEADER, "=note"], ...texts.map((text) => [undefined, "r", "g", text]), ["-SR1", "", "g", "=y"]],
  });
  const path = temporary.path("in.rejects.csv");
  await (await temporary.plan({ "in.xlsx": content })).writeRejects(path);
  const [header = "", ...lines] = (await readFile(path, "utf8")).replace("\ufeff", "").trimEnd().split("\n");
  expect(header).toBe("case_id,related_id,group_id,'=note,reason");
  const cells = lines.map((line) => line.replace(/^[^,]*,[^,]*,g,"?/, ""));
  for (const note of cells) expect(note).toMatch(/^[^=+\-@\t＝]/u);
  expect(lines.at(-1)).toMatch(/^-SR1,,g,'=y,/);
  // The same rows with an id each.
  const fixed = lines.map((line, at) => line.replace(/^[^,]*,[^,]*/, `T${at},r`));
  const planned = await temporary.plan({ "fixed.rejects.csv": [header, ...fixed, ""].join("\n") });
  expect(planned.errors).toEqual([]);
  expect(planned.record.columns).toEqual(["=note", "reason"]);
  const notes: unknown[] = [];
  for await (const row of temporary.ledger.rows((await planned.commit()).id)) notes.push(row.other["=note"]);
  expect(notes).toEqual([...texts, "=y"]);
});
