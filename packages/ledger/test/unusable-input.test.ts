import { chmod, mkdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { InputError, type PlanRequest } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id\n";

/** A row whose group has a byte that is not UTF-8, after many characters that are. */
const damagedRow = Buffer.concat([
  Buffer.from("T,R,组组组组组组组组组组组组组"),
  Buffer.from([0xff]),
  Buffer.from("\n"),
]);

interface UnusableFile {
  title: string;
  name?: string;
  content: string | Buffer;
  request?: Partial<PlanRequest>;
  message: RegExp;
  line?: number;
}

const UNUSABLE: UnusableFile[] = [
  { title: "an empty file", content: "", message: /in\.csv is empty/, line: 1 },
  {
    title: "a file of a byte order mark only",
    content: "\ufeff",
    message: /no header row|no columns case_id/,
    line: 1,
  },
  { title: "a header without a row", content: HEADER, message: /has a header but no row/, line: 1 },
  { title: "lines of separators only", content: `${HEADER},,\n  \n`, message: /has a header but no row/, line: 1 },
  { title: "an empty array", name: "in.json", content: "[]", message: /has no row/, line: 1 },
  { title: "a NUL byte", content: `${HEADER}T,r1,g\nT\0,r2,g\n`, message: /line 3 has a NUL byte.*UTF-8/, line: 3 },
  {
    title: "bytes that are neither UTF-8 nor GB18030",
    content: Buffer.concat([Buffer.from(`${HEADER}T,r1,g\nT,`), Buffer.from([0xb2, 0xe2, 0xca, 0xff, 0x0a])]),
    message: /line 3 has bytes that are neither UTF-8 nor GB18030, at character 4\. Save it as UTF-8/,
    line: 3,
  },
  {
    title: "a Western encoding, which would be nonsense as GB18030",
    content: Buffer.from(`${HEADER}M\u00fcller,caf\u00e9s,g\n`, "latin1"),
    message: /line 2 has bytes that are not UTF-8, at character 2/,
    line: 2,
  },
  {
    title: "a text in UTF-8 with many damaged characters",
    content: Buffer.concat([Buffer.from(HEADER), ...Array.from({ length: 9 }, () => damagedRow)]),
    message: /line 2 has bytes that are not UTF-8, at character 18/,
    line: 2,
  },
  {
    title: "UTF-16 without a byte order mark",
    content: Buffer.from(HEADER, "utf16le"),
    message: /line 1 has a NUL byte.*CSV UTF-8/,
    line: 1,
  },
  {
    title: "a compressed file that is cut short",
    name: "in.csv.gz",
    content: gzipSync(`${HEADER}T,r1,g\n`).subarray(0, -9),
    message: /is a gzip file that is cut short/,
    line: 1,
  },
  {
    title: "a compressed file that is damaged",
    name: "in.csv.gz",
    content: Buffer.concat([gzipSync(`${HEADER}T,r1,g\n`), Buffer.from("left over")]),
    message: /is a gzip file that is damaged/,
    line: 1,
  },
  {
    title: "a file that is compressed twice",
    name: "in.csv.gz.gz",
    content: gzipSync(gzipSync(HEADER)),
    message: /compressed twice/,
    line: 1,
  },
  {
    title: "an empty compressed file",
    name: "in.csv.gz",
    content: gzipSync(""),
    message: /is empty once unpacked/,
    line: 1,
  },
  {
    title: "a compressed file without a row",
    name: "in.csv.gz",
    content: gzipSync(HEADER),
    message: /has a header but no row/,
    line: 1,
  },
  {
    title: "a web page with the file ending of a spreadsheet",
    name: "in.xls",
    content: "\ufeff<html><table><tr><td>case_id</td></tr></table></html>",
    message: /is a web page or XML.*save it as CSV UTF-8/,
    line: 1,
  },
  {
    title: "more columns than a sheet can have",
    content: `${HEADER.trim()}${",c".repeat(16_382)}\nT,r1,g${",".repeat(16_382)}\n`,
    message: /in\.csv has 16,385 columns; at most 16,384 are possible/,
    line: 1,
  },
  {
    title: "a missing column",
    content: "Ticket,related_id,group_id\nT,r1,g\n",
    message: /no column case_id\. Its columns: Ticket, related_id, group_id\..*--map "case_id=Ticket"/,
    line: 1,
  },
  {
    title: "a missing column next to others that are known",
    content: "Ticket ID,Owner,Linked case 1,group_id\nT,Ada,r1,g\n",
    message: /no column related_id\..*--map "related_id=Linked case 1"/,
    line: 1,
  },
  {
    title: "a missing ticket column next to one that resembles related ids",
    content: "Owner,Linked case 1,related_id,group_id\nAda,r2,r1,g\n",
    message: /no column case_id\..*--map "case_id=Owner"/,
    line: 1,
  },
  {
    title: "a missing group column",
    content: "case_id,related_id\nT,r1\n",
    message: /no column group_id.*--group-id/,
    line: 1,
  },
  {
    title: "a mapped column that does not exist",
    content: `${HEADER}T,r1,g\n`,
    request: { map: { case_id: "Ticket" } },
    message: /no column Ticket \(mapped to case_id\)/,
    line: 1,
  },
  {
    title: "two columns for one field",
    content: "case_id,Case_ID,related_id,group_id\nT,U,r1,g\n",
    message: /more than one column.*"case_id" and "Case_ID"/,
    line: 1,
  },
  {
    title: "two columns with other names for one field",
    content: "Ticket ID,工单号,related_id,group_id\nT,U,r1,g\n",
    message: /more than one column.*"Ticket ID" and "工单号".*--map "case_id=Ticket ID"/,
    line: 1,
  },
  {
    title: "a mapped field under another of its names",
    content: "Ticket ID,related_id,group_id\nT,r1,g\n",
    request: { map: { case_id: "Ticket" } },
    message: /no column Ticket \(mapped to case_id\)/,
    line: 1,
  },
  {
    title: "both forms of related ids",
    content: "case_id,related_id,related_ids,group_id\nT,r,r,g\n",
    message: /more than one column/,
    line: 1,
  },
  {
    title: "a quotation mark that is never closed",
    content: `${HEADER}T,r1,g\nT,"r2,g\nT,r3,g\n`,
    message: /line 3: a quotation mark is opened and never closed/,
    line: 3,
  },
  {
    title: "a JSON array without its end",
    name: "in.json",
    content: '[\n{"case_id":"T"}\n',
    message: /line 3 ends before the array ends/,
    line: 3,
  },
  {
    title: "a broken element of a JSON array",
    name: "in.json",
    content: '[\n{"case_id":T}\n]',
    message: /line 2 has an element that is not valid JSON/,
    line: 2,
  },
  {
    title: "one object per line with the file ending .json",
    name: "in.json",
    content: '{"case_id":"T"}\n',
    message: /line 1 does not begin with \[.*--format jsonl/,
    line: 1,
  },
  {
    title: "objects without a ticket",
    name: "in.jsonl",
    content: '{"id":"T","related_id":"r","group_id":"g"}\n',
    message: /no column case_id\. Its columns: id, related_id/,
    line: 1,
  },
  { title: "an empty --group-id", content: `${HEADER}T,r1,g\n`, request: { groupId: "" }, message: /--group-id/ },
];

test.each(UNUSABLE)("a plan rejects $title", async ({ name = "in.csv", content, request, message, line }) => {
  await using temporary = await createTemporaryLedger();
  const diagnostics = line === undefined ? [] : [{ file: temporary.path(name), line }];
  const error = await temporary.plan({ [name]: content }, request).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({ code: "input", message: expect.stringMatching(message), diagnostics });
  expect(await temporary.ledger.batches()).toEqual([]);
});

test("the error names every column that is missing or occurs twice, with a diagnostic for each", async () => {
  await using temporary = await createTemporaryLedger();
  const errorOf = async (content: string, name = "in.csv") => {
    const error: unknown = await temporary.plan({ [name]: content }).catch((thrown: unknown) => thrown);
    if (!(error instanceof InputError)) throw error;
    return { message: error.message, reasons: error.diagnostics.map(({ reason }) => reason) };
  };
  const reasons = ["has no column case_id", "has no column related_id", "has no column group_id"];
  const table = await errorOf("x,y,z\n1,2,3\n");
  expect(table.reasons).toEqual(reasons);
  expect(table.message).toContain("no columns case_id, related_id and group_id. Its columns: x, y, z. Name");
  expect((await errorOf('{"x":1}\n', "in.jsonl")).reasons).toEqual(reasons);
  const twins = await errorOf("case_id,Case_ID,group_id,group_id\n1,2,3,4\n");
  expect(twins.reasons).toEqual([
    expect.stringContaining('"case_id" and "Case_ID"'),
    expect.stringContaining('"group_id" and "group_id"'),
    "has no column related_id",
  ]);
});

test("one error reports what is wrong with all inputs", async () => {
  await using temporary = await createTemporaryLedger();
  const error: unknown = await temporary
    .plan({
      "empty.csv": "",
      "good.csv": `${HEADER}T,r,g\n`,
      "other.csv": "x,related_id,group_id\nT,r,g\n",
      "open.csv": `${HEADER}T,"r,g\n`,
      "cut.json": "[",
    })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  if (!(error instanceof InputError)) return;
  const names = ["empty.csv", "other.csv", "open.csv", "cut.json"].map(temporary.path);
  expect(error.diagnostics.map(({ file }) => file)).toEqual(names);
  for (const name of names) expect(error.message).toContain(name);
  expect(error.message).not.toContain("good.csv");
});

test("a plan rejects a path that is not a readable file, with the reason", async () => {
  await using temporary = await createTemporaryLedger();
  const plan = (path: string) => temporary.plan({}, { inputs: [{ path }] });
  await expect(plan(temporary.path("none.csv"))).rejects.toThrow(/There is no file .*none\.csv here/);
  await mkdir(temporary.path("folder"));
  await expect(plan(temporary.path("folder"))).rejects.toThrow(/folder is a folder; name the files in it/);
  await expect(plan("/dev/null")).rejects.toThrow(/not a file.*--format/);
  await expect(temporary.plan({}, { inputs: [] })).rejects.toThrow(/no input/);
});

test.skipIf(process.getuid?.() === 0)("a plan rejects a file that it has no permission to read", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("secret.csv", HEADER);
  await chmod(path, 0);
  await expect(temporary.plan({}, { inputs: [{ path }] })).rejects.toThrow(/no permission/);
});

test("an unknown field in the map is rejected", async () => {
  await using temporary = await createTemporaryLedger();
  const planning = temporary.plan({ "in.csv": `${HEADER}T,r,g\n` }, { map: { ticket: "T" } });
  await expect(planning).rejects.toThrow(expect.objectContaining({ code: "bad-option" }));
});
