// Inputs of which a plan says something: nearly every error and warning.
import { gzipSync } from "node:zlib";
import type { PlanRequest } from "../src/index.ts";
import { workbook, workbookParts, zipParts, type TestSheet } from "./workbook.ts";

const HEADER = "case_id,related_id,group_id\n";
const NAMES = ["case_id", "related_id", "group_id"];

type Content = string | Buffer;

export interface BadInput {
  title: string;
  /** By name; a content alone is `in.csv`. */
  files: Content | Record<string, Content>;
  request?: Partial<PlanRequest>;
  /** An association counts on both tickets. */
  isSymmetric?: true;
}

export const filesOf = (files: BadInput["files"]): Record<string, Content> =>
  typeof files === "string" || Buffer.isBuffer(files) ? { "in.csv": files } : files;

export const rows = (...lines: string[]): string => `${HEADER}${lines.join("\n")}\n`;
const sheet = (content: TestSheet): Record<string, Content> => ({ "in.xlsx": workbook(content) });
const jsonl = (...lines: string[]): Record<string, Content> => ({ "in.jsonl": lines.join("\n") });

/** Files whose rows are invalid, or probably not meant. */
export const ODD_ROWS: BadInput[] = [
  {
    title: "values that no id has",
    files: rows(
      `,${"y".repeat(40)},`,
      "T,T,g",
      "U,r1,g",
      "U,r2,h",
      "V\u0007,r,g",
      "V\u200b,r,g",
      "V\u00a0X,r,g",
      "V\ufffd,r,g",
      "Ｖ１,r,g",
      "#N/A,r,g",
      "####,r,g",
      "2.02601E+13,r,g",
      "2026-01-14,r,g",
    ),
  },
  {
    title: "more values that no id has",
    files: rows(
      "12:30,r,g",
      "TRUE,r,g",
      "null,r,g",
      "1.5,r,g",
      '"1,114,114",r,g',
      "=A1,r,g",
      "合计,r,g",
      "case_id,r,g",
    ),
  },
  { title: "a missing group", files: "case_id;related_id;group_id\nT;r1;\nT;r2;h\n", request: { groupId: "g" } },
  {
    title: "groups and duplicates in several files",
    files: { "a.csv": rows("T,r1,g"), "b.csv": rows("T,r2,h", "T,r1,g") },
  },
  { title: "lost zeros", files: rows(...Array.from({ length: 10 }, (_, at) => `0000${at}234,r,g`), "114,r,g") },
  {
    title: "lost digits",
    files: rows(...Array.from({ length: 4 }, (_, at) => `10000000000000${at}000,r,g`)),
  },
  { title: "ragged rows", files: rows("T,r1", "T,r2,g,left over", '"T"1,r1,g') },
  { title: "a value over several lines", files: `${HEADER.trim()},note\nT,r1,g,"a\nT,r2,g,b"\nT,r3,g,c\n` },
  { title: "a file that may be cut short", files: `${HEADER}T,r1,g\nT,r2` },
  { title: "a title above the header", files: `Export\nof today\n${rows("T,r1,g")}` },
  { title: "one title above the header", files: `Export\n${rows("T,r1,g")}` },
  { title: "headers between the rows", files: `${HEADER}A,r,g\n${HEADER}B,r,g\n${HEADER}C,r,g\n` },
  { title: "a header in two languages", files: "case_id,related_id,group_id\n工单号,关联工单号,用户组ID\nT,r,g\n" },
  {
    title: "several spellings",
    files: rows("TA,r1,g", "Ta,r2,g", "TB,r1,g", "Tb,r2,g", "U,caf\u00e9,g", "W,cafe\u0301,g"),
  },
  { title: "several ids in a cell", files: rows("T,TT1;TT2,g", "U,TT1|TT3,g") },
  {
    title: "a column that is not read",
    files: "case_id,related_id,Linked case 1,group_id\nT,r1,r2,g\n",
  },
  {
    title: "a text in GB18030",
    files: Buffer.concat([Buffer.from(`${HEADER.trim()},note\nT,r1,g,`), Buffer.from("b9a4b5a5b9a4b5a50a", "hex")]),
  },
  {
    title: "damaged bytes",
    files: Buffer.concat([
      Buffer.from(`${HEADER.trim()},note\n${"T,r1,g,工单工单工单\n".repeat(99)}U,r1,g,组`),
      Buffer.from([0xff]),
      Buffer.from("\nU,r2,g,组"),
      Buffer.from([0xff, 0x0a]),
    ]),
  },
  {
    title: "over the limit",
    files: rows("T,r1,g", "T,r2,g", "T,r3,g", "T,r4,g", "T,r4,g"),
  },
  {
    title: "over the limit, filled",
    files: rows("T,r1,g", "T,r2,g", "T,r3,g", "T,r4,g"),
    request: { overLimit: "fill" },
  },
  {
    title: "over the limit on both tickets",
    files: rows("A,T,g", "B,T,g", "C,T,g", "D,T,g", "E,F,g", "F,E,g"),
    isSymmetric: true,
  },
  {
    title: "lines that are no records",
    files: jsonl(
      '{"case_id":"T",',
      '"text"',
      '{"case_id":20260114,"related_id":["r",{"a":1},true],"group_id":"g"}',
      '{"caseId":"T","ticket_id":"U","related_id":"r1","group_id":"g"}',
      '{"case_id":"A","case_id":"B","related_id":"r1","group_id":"g"}',
      `{"case_id":"T","related_id":"r","group_id":"g","note":${"[".repeat(300)}${"]".repeat(300)}}`,
      '{"case_id":"T\\ud83d","related_id":"r1","group_id":"g"}',
      '{"case_id":["x"],"related_id":"r1","group_id":"g"}',
    ),
  },
  { title: "a wrapped list", files: { "in.json": '{"data":[{"case_id":"T","related_id":"r","group_id":"g"}],"n":1}' } },
  {
    title: "cells of a sheet",
    files: sheet({
      rows: [
        NAMES,
        [1.5, "r", "g"],
        [{ xml: "><v>20260114123456700</v>" }, "r", "g"],
        [{ xml: ' s="1"><v>46036</v>' }, "r", "g"],
        [{ xml: ' s="2"><v>20260114</v>' }, "r", "g"],
        [{ xml: ' s="3"><v>114</v>' }, "r", "g"],
        [{ xml: ' t="b"><v>1</v>' }, "r", "g"],
        [{ xml: "><f>A1</f>" }, "r", "g"],
        [{ xml: "><v>x</v>" }, "r", "g"],
        [{ xml: ' s="3" t="str"><v>T</v>' }, "r", "g"],
        [{ xml: "><v>1234560000000</v>" }, "r", "g"],
        ["T", "r2", "g", "loose"],
        ["T", "r3", "g"],
        ["M", "r1", "g"],
        ["N", "r2", "g"],
      ],
      formats: ["yyyy/m/d", "#,##0", ";;;"],
      rowAttributes: { 13: ' hidden="1"' },
      merged: ["A14:A15"],
    }),
  },
];

const PARTS = workbookParts({ rows: [NAMES, ["T", "r", "g"]] });
const zipped = (parts: Record<string, string>, level: 0 | 6 = 6): Record<string, Content> => ({
  "in.xlsx": zipParts(parts, level),
});
const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(PARTS).filter(([part]) => part !== name));
const SHEET = "xl/worksheets/sheet2.xml";
const withSheet = (from: string, to: string) => zipped({ ...PARTS, [SHEET]: (PARTS[SHEET] ?? "").replace(from, to) });

/** Files that cannot be planned. */
export const UNUSABLE: BadInput[] = [
  { title: "nothing", files: "" },
  { title: "no row", files: HEADER },
  { title: "an empty list", files: { "in.json": "[]" } },
  { title: "NUL", files: rows("T\0,r2,g") },
  {
    title: "no known encoding",
    files: Buffer.concat([Buffer.from(rows("T,r1,g")), Buffer.from([0xb2, 0xe2, 0xca, 0xff])]),
  },
  { title: "a cut gzip file", files: { "in.csv.gz": gzipSync(rows("T,r1,g")).subarray(0, -9) } },
  { title: "a damaged gzip file", files: { "in.csv.gz": Buffer.concat([gzipSync(HEADER), Buffer.from("left over")]) } },
  { title: "a file packed twice", files: { "in.csv.gz.gz": gzipSync(gzipSync(HEADER)) } },
  { title: "an empty packed file", files: { "in.csv.gz": gzipSync("") } },
  { title: "a web page", files: { "in.xls": "<html><table></table></html>" } },
  { title: "many columns", files: `${HEADER.trim()}${",c".repeat(16_382)}\nT,r1,g${",".repeat(16_382)}\n` },
  { title: "a missing column", files: "Ticket,related_id,group_id\nT,r1,g\n" },
  { title: "missing columns", files: "x,y,z\n1,2,3\n" },
  { title: "a missing group", files: "case_id,related_id\nT,r1\n" },
  { title: "missing columns, with a group", files: "x,y\n1,2\n", request: { groupId: "g" } },
  { title: "a missing mapped column", files: rows("T,r1,g"), request: { map: { case_id: "Ticket" } } },
  { title: "all names in one cell", files: '"case_id;related_id;group_id"\n"T;r;g"\n' },
  { title: "two columns for a field", files: "case_id,Case_ID,related_id,group_id\nT,U,r1,g\n" },
  { title: "a column twice", files: "case_id,related_id,group_id,group_id\nT,r,g,g\n" },
  { title: "an open quotation mark", files: rows("T,r1,g", 'T,"r2,g', "T,r3,g") },
  { title: "a wrong header again", files: `${HEADER}A,r,g\nrelated_id,case_id,group_id\nr,B,g\n` },
  { title: "a header below rows", files: `SR1,RL1,g1\n${rows("T,r,g")}` },
  { title: "a cut array", files: { "in.json": '[\n{"case_id":"T"}\n' } },
  { title: "a broken element", files: { "in.json": '[\n{"case_id":T}\n]' } },
  { title: "a missing comma", files: { "in.json": '[{"case_id":"T"}{"case_id":"U"}]' } },
  { title: "a comma too many", files: { "in.json": '[{"case_id":"T"},]' } },
  { title: "two commas", files: { "in.json": '[,{"case_id":"T"}]' } },
  { title: "more after the array", files: { "in.json": "[] []" } },
  { title: "no array", files: { "in.json": '{"case_id":"T"}' } },
  { title: "two lists", files: { "in.json": '{"a":[{"case_id":"A"}],"b":[{"case_id":"B"}]}' } },
  { title: "a cut object", files: { "in.json": '{"data":[{"case_id":"A"}]' } },
  { title: "more after the object", files: { "in.json": '{"data":[{"case_id":"A"}]}\n{"data":[]}' } },
  { title: "a bracket too many", files: { "in.json": '{"data":[{"case_id":"A"}}' } },
  { title: "a list in a line", files: jsonl('{"data":[{"case_id":"A"}]}') },
  { title: "a list in each object", files: { "in.json": '[{"data":[{"case_id":"A"}]}]' } },
  { title: "no keys of fields", files: jsonl('{"id":"T","related_id":"r","group_id":"g"}') },
  { title: "an invalid group", files: rows("T,r1,g"), request: { groupId: "" } },
  { title: "an unknown field", files: rows("T,r1,g"), request: { map: { ticket: "T" } } },
  { title: "no spreadsheet", files: { "in.xlsx": HEADER } },
  { title: "no Parquet", files: { "in.parquet": HEADER } },
  { title: "damaged Parquet", files: { "in.parquet": "PAR1 and no more PAR1" } },
  { title: "an old spreadsheet", files: { "in.xls": Buffer.from("d0cf11e0a1b11ae1", "hex") } },
  { title: "encrypted Parquet", files: { "in.parquet": "PARE" } },
  { title: "zstd", files: { in: Buffer.from("28b52ffd00", "hex") } },
  { title: "xz", files: { in: Buffer.from("fd377a585a00", "hex") } },
  { title: "bzip2", files: { in: "BZh9" } },
  { title: "a PDF", files: { in: "%PDF-1.7" } },
  { title: "an empty archive", files: { in: Buffer.from("504b0506", "hex") } },
  { title: "an archive", files: zipped({ "a.txt": "a" }) },
  { title: "an OpenDocument spreadsheet", files: zipped({ mimetype: "a", "content.xml": "a" }) },
  { title: "a binary spreadsheet", files: zipped({ ...PARTS, "xl/workbook.bin": "a" }) },
  { title: "a spreadsheet without a part", files: zipped(without(SHEET)) },
  { title: "a cut spreadsheet", files: { "in.xlsx": zipParts(PARTS).subarray(0, 900) } },
  { title: "a spreadsheet of a large part", files: withSheet("<sheetData>", `<sheetData>${" ".repeat(2 ** 28)}`) },
  { title: "rows out of order", files: withSheet('<row r="2"', '<row r="1"') },
  { title: "a cell twice", files: withSheet('r="B2"', 'r="A2"') },
  { title: "a text that does not exist", files: withSheet("<v>5</v>", "<v>99</v>") },
  { title: "an empty sheet", files: sheet({ rows: [] }) },
  {
    title: "a hidden column",
    files: sheet({ rows: [NAMES, ["T", "r", "g"]], sheetFormat: '<cols><col min="1" max="1" hidden="1"/></cols>' }),
  },
  { title: "a sheet without a header", files: sheet({ rows: [["a", "b"]] }) },
  { title: "several files", files: { "a.csv": "", "b.csv": "x\n1\n", "c.csv": rows('T,"r,g'), "d.json": "[" } },
];
