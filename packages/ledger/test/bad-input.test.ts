import { chmod, mkdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { InputError, type Fault, type PlanRequest } from "../src/index.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id\n";

/** Where the fault is and what it is called: column, line, value, reason. */
type Expected = [line: number, column: string | undefined, value: string, reason: string | RegExp];

interface FaultyFile {
  title: string;
  name?: string;
  content: string | Buffer;
  request?: Partial<PlanRequest>;
  /** In order. */
  faults: Expected[];
  /** Rows that are sent all the same. */
  toSend: number;
}

const MANY_DIGITS = "looks like a number a spreadsheet shortened";

const FAULTY: FaultyFile[] = [
  {
    title: "an empty ticket id",
    content: `${HEADER},r1,g\nT,r2,g\n`,
    faults: [[2, "case_id", "", "missing"]],
    toSend: 1,
  },
  {
    title: "a ticket id of blanks",
    content: `${HEADER} \u00a0 ,r1,g\n`,
    faults: [[2, "case_id", "", "missing"]],
    toSend: 0,
  },
  { title: "an empty related id", content: `${HEADER}T,,g\n`, faults: [[2, "related_id", "", "missing"]], toSend: 0 },
  { title: "an empty group", content: `${HEADER}T,r1,\n`, faults: [[2, "group_id", "", "missing"]], toSend: 0 },
  {
    title: "a missing group where there is no column for it and --group-id does not help every row",
    content: "case_id;related_id;group_id\nT;r1;\nT;r2;h\n",
    request: { groupId: "g" },
    faults: [[3, "group_id", "h", "the ticket has another group in line 2"]],
    toSend: 1,
  },
  {
    title: "a related id that is too long by one",
    content: `${HEADER}T,${"x".repeat(33)},g\nT,${"x".repeat(32)},g\n`,
    faults: [[2, "related_id", "x".repeat(33), "33 characters; at most 32 are possible"]],
    toSend: 1,
  },
  {
    title: "a ticket id that is too long, counted in characters and not in code units",
    content: `${HEADER}${"😀".repeat(64)},r1,g\n${"😀".repeat(65)},r1,g\n`,
    faults: [[3, "case_id", `${"😀".repeat(59)}…`, "65 characters; at most 64 are possible"]],
    toSend: 1,
  },
  {
    title: "a group that is too long",
    content: `${HEADER}T,r1,${"g".repeat(65)}\n`,
    faults: [[2, "group_id", `${"g".repeat(59)}…`, "65 characters; at most 64 are possible"]],
    toSend: 0,
  },
  {
    title: "a control character in an id",
    content: `${HEADER}T\u0007,r1,g\nT,r\u00852,g\n`,
    faults: [
      [2, "case_id", "T\\u{7}", "contains a control character"],
      [3, "related_id", "r\\u{85}2", "contains a control character"],
    ],
    toSend: 0,
  },
  {
    title: "a line break inside of a quoted id, and the line after it",
    content: `${HEADER}"T\n1",r1,g\n,r2,g\n`,
    faults: [
      [2, "case_id", "T\\n1", "contains a control character"],
      [4, "case_id", "", "missing"],
    ],
    toSend: 0,
  },
  {
    title: "a ticket with itself",
    content: `${HEADER}T,T,g\n`,
    faults: [[2, "related_id", "T", "is the ticket itself"]],
    toSend: 0,
  },
  {
    title: "a second group of one ticket",
    content: `${HEADER}T,r1,g\nT,r2,h\nU,r1,h\n`,
    faults: [[3, "group_id", "h", "the ticket has another group in line 2"]],
    toSend: 2,
  },
  {
    title: "numbers that a spreadsheet shortened, but not ids that only look a little like one",
    content: `${HEADER}2.02601E+13,"1,5E+12",g\n2E+13,12E4,g\n12E4,7.1e9x,g\n`,
    faults: [
      [2, "case_id", "2.02601E+13", MANY_DIGITS],
      [2, "related_id", "1,5E+12", MANY_DIGITS],
      [3, "case_id", "2E+13", MANY_DIGITS],
    ],
    toSend: 1,
  },
  {
    title: "every fault of one line",
    content: `${HEADER},${"y".repeat(40)},\n`,
    faults: [
      [2, "case_id", "", "missing"],
      [2, "related_id", "y".repeat(40), "40 characters; at most 32 are possible"],
      [2, "group_id", "", "missing"],
    ],
    toSend: 0,
  },
  {
    title: "a line with too few fields",
    content: `${HEADER}T,r1\nT,r2,g\n`,
    faults: [[2, "group_id", "T r1", "has 2 fields where the header has 3"]],
    toSend: 1,
  },
  {
    title: "a line with too many fields",
    content: `${HEADER}T,r1,g\nT,r2,g,left over\n`,
    faults: [[3, undefined, "T r2 g left over", "has 4 fields where the header has 3"]],
    toSend: 1,
  },
  {
    title: "a line after blank lines and a quoted line break",
    content: `case_id,related_id,group_id,note\r\n\r\nT,r1,g,"two\r\nlines"\r\n\r\n,r2,g,\r\n`,
    faults: [[6, "case_id", "", "missing"]],
    toSend: 1,
  },
  {
    title: "quotation marks in the middle of an id",
    content: `${HEADER}"T"1,r1,g\nT,r2,g\n`,
    faults: [[2, "case_id", '"T"1', "has quotation marks that do not pair up"]],
    toSend: 1,
  },
  {
    title: "a quotation mark that swallows the next line",
    content: `case_id,related_id,group_id,note\nT,r1,g,"a\nT,r2,g,"b"\nT,r3,g,5" disk\n`,
    faults: [[2, "note", '"a\\nT,r2,g,"b"', "has quotation marks that do not pair up"]],
    toSend: 1,
  },
  {
    title: "one of several ids in a cell",
    content: `case_id,related_ids,group_id\nT,r1 ${"z".repeat(33)} r2,g\n`,
    faults: [[2, "related_ids", "z".repeat(33), "33 characters; at most 32 are possible"]],
    toSend: 2,
  },
  {
    title: "a cell with nothing but separators",
    content: `case_id,related_ids,group_id\nT,"; ,",g\n`,
    faults: [[2, "related_ids", "", "missing"]],
    toSend: 0,
  },
  {
    title: "a fault under the file's own name of the column",
    content: "Ticket,Link,group_id\n,r1,g\n",
    request: { map: { case_id: "Ticket", related_id: "Link" } },
    faults: [[2, "Ticket", "", "missing"]],
    toSend: 0,
  },
  {
    title: "a line that is not JSON",
    name: "in.jsonl",
    content: '{"case_id":"T","related_id":"r1","group_id":"g"}\n{"case_id":"T",\n"text"\n',
    faults: [
      [2, undefined, '{"case_id":"T",', "is not valid JSON"],
      [3, undefined, '"text"', "is not a JSON object"],
    ],
    toSend: 1,
  },
  {
    title: "a JSON number for an id, and its good neighbours",
    name: "in.jsonl",
    content:
      '{"case_id":20260114,"related_id":"r1","group_id":"g"}\n{"case_id":"T","related_id_list":["r1",2,null],"group_id":"g"}\n',
    faults: [
      [1, "case_id", "20260114", "is a number, not text"],
      [2, "related_id_list", "2", "is a number, not text"],
      [2, "related_id", "", "missing"],
    ],
    toSend: 1,
  },
  {
    title: "an empty list of related ids",
    name: "in.json",
    content:
      '[{"case_id":"T","related_id_list":["r1"],"group_id":"g"},\n{"case_id":"T","related_id_list":[],"group_id":"g"}]',
    faults: [[2, "related_id", "", "missing"]],
    toSend: 1,
  },
  {
    title: "two keys for one field",
    name: "in.jsonl",
    content:
      '{"caseId":"T","ticket_id":"U","related_id":"r1","group_id":"g"}\n{"caseId":"T","related_id":"r1","group_id":"g"}\n',
    faults: [
      [
        1,
        undefined,
        '{"caseId":"T","ticket_id":"U","related_id":"r1","group_id":…',
        'has both "caseId" and "ticket_id" for one field',
      ],
    ],
    toSend: 1,
  },
  {
    title: "half of a character",
    name: "in.jsonl",
    content: '{"case_id":"T\\ud83d","related_id":"r1","group_id":"g","note":"\\ud83d"}\n',
    faults: [[1, "case_id", "T\\u{d83d}", "contains half of a character"]],
    toSend: 0,
  },
];

test.each(FAULTY)("tells of $title", async ({ name = "in.csv", content, request, faults, toSend }) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ [name]: content }, request);
  expect(planned.faults.map(placeOf)).toEqual(faults);
  expect(new Set(planned.faults.map(({ file }) => file))).toEqual(new Set([temporary.path(name)]));
  expect(planned.faults.every(({ advice }) => advice)).toBe(true);
  expect(planned.faultCount).toBe(faults.length);
  expect(planned.record.counts.to_send).toBe(toSend);
  expect(planned.record.counts.invalid).toBe(planned.record.counts.rows - toSend);
});

function placeOf({ line, column, value, reason }: Fault) {
  return [line, column, value, reason];
}

interface UnusableFile {
  title: string;
  name?: string;
  content: string | Buffer;
  request?: Partial<PlanRequest>;
  message: RegExp;
  line?: number;
}

const UNUSABLE: UnusableFile[] = [
  { title: "an empty file", content: "", message: /in\.csv is empty/ },
  { title: "a file of nothing but a byte order mark", content: "\ufeff", message: /no header row|no column case_id/ },
  { title: "a header without a row", content: HEADER, message: /has a header but no row/ },
  { title: "lines of separators only", content: `${HEADER},,\n  \n`, message: /has a header but no row/ },
  { title: "an empty array", name: "in.json", content: "[]", message: /has no row/ },
  { title: "a NUL byte", content: `${HEADER}T,r1,g\nT\0,r2,g\n`, message: /line 3 has a NUL byte.*UTF-8/, line: 3 },
  {
    title: "bytes that are neither UTF-8 nor GB18030",
    content: Buffer.concat([Buffer.from(`${HEADER}T,r1,g\nT,`), Buffer.from([0xb2, 0xe2, 0xca, 0xff, 0x0a])]),
    message: /line 3 has bytes that are neither UTF-8 nor GB18030, at character 4\. Save it as UTF-8/,
    line: 3,
  },
  {
    title: "one damaged character in a file of UTF-8",
    content: Buffer.concat([
      Buffer.from(`${HEADER}测试工单,关联,组\n日本`),
      Buffer.from([0xe6, 0x2c, 0x72, 0x2c, 0x67]),
    ]),
    message: /line 3 has bytes that are not UTF-8, at character 3/,
    line: 3,
  },
  {
    title: "a Western encoding, which GB18030 would make nonsense of",
    content: Buffer.from(`${HEADER}M\u00fcller,caf\u00e9s,g\n`, "latin1"),
    message: /line 2 has bytes that are not UTF-8, at character 2/,
    line: 2,
  },
  {
    title: "a character cut off at the end",
    content: Buffer.from([...Buffer.from(HEADER), 0xe6, 0x97]),
    message: /line 2 has bytes/,
    line: 2,
  },
  {
    title: "UTF-16 with half of a character",
    content: Buffer.from(`\ufeff${HEADER}T,\ud83d,g\n`, "utf16le"),
    message: /line 2 has bytes that are not UTF-16, at character 3/,
    line: 2,
  },
  {
    title: "UTF-16 without its mark",
    content: Buffer.from(HEADER, "utf16le"),
    message: /line 1 has a NUL byte.*CSV UTF-8/,
    line: 1,
  },
  {
    title: "a spreadsheet",
    name: "in.xlsx",
    content: Buffer.from("PK\u0003\u0004rest"),
    message: /XLSX.*save the sheet as CSV UTF-8/,
    line: 1,
  },
  { title: "Parquet", name: "in.parquet", content: "PAR1....", message: /Parquet.*convert it to CSV/, line: 1 },
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
  },
  { title: "nothing, compressed", name: "in.csv.gz", content: gzipSync(""), message: /is empty once unpacked/ },
  {
    title: "a compressed file without a row",
    name: "in.csv.gz",
    content: gzipSync(HEADER),
    message: /has a header but no row/,
  },
  {
    title: "a web page that calls itself a spreadsheet",
    name: "in.xls",
    content: "\ufeff<html><table><tr><td>case_id</td></tr></table></html>",
    message: /is a web page or XML.*save it as CSV UTF-8/,
    line: 1,
  },
  {
    title: "a missing column",
    content: "Ticket,related_id,group_id\nT,r1,g\n",
    message: /no column case_id\. Its columns: Ticket, related_id, group_id\..*--map "case_id=Ticket"/,
  },
  { title: "a missing group column", content: "case_id,related_id\nT,r1\n", message: /no column group_id.*--group-id/ },
  {
    title: "a mapped column that is not there",
    content: `${HEADER}T,r1,g\n`,
    request: { map: { case_id: "Ticket" } },
    message: /no column Ticket \(mapped to case_id\)/,
  },
  {
    title: "two columns for one field",
    content: "case_id,Case_ID,related_id,group_id\nT,U,r1,g\n",
    message: /more than one column.*"case_id" and "Case_ID"/,
  },
  {
    title: "two columns of other names for one field",
    content: "Ticket ID,工单号,related_id,group_id\nT,U,r1,g\n",
    message: /more than one column.*"Ticket ID" and "工单号".*--map "case_id=Ticket ID"/,
  },
  {
    title: "a mapped field under another of its names",
    content: "Ticket ID,related_id,group_id\nT,r1,g\n",
    request: { map: { case_id: "Ticket" } },
    message: /no column Ticket \(mapped to case_id\)/,
  },
  {
    title: "both forms of related ids",
    content: "case_id,related_id,related_ids,group_id\nT,r,r,g\n",
    message: /more than one column/,
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
    message: /line 3 ends before the array does/,
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
    title: "one object a line named json",
    name: "in.json",
    content: '{"case_id":"T"}\n',
    message: /line 1 does not begin with \[.*--format jsonl/,
    line: 1,
  },
  {
    title: "objects without a ticket",
    name: "in.jsonl",
    content: '{"id":"T","related_id":"r"}\n',
    message: /no column case_id\. Its columns: id, related_id/,
  },
  { title: "a group id that is none", content: `${HEADER}T,r1,g\n`, request: { groupId: "" }, message: /--group-id/ },
];

test.each(UNUSABLE)("refuses $title", async ({ name = "in.csv", content, request, message, line }) => {
  await using temporary = await createTemporaryLedger();
  const faults = line === undefined ? [] : [{ file: temporary.path(name), line }];
  const refusal = await temporary.plan({ [name]: content }, request).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InputError);
  expect(refusal).toMatchObject({ code: "input", message: expect.stringMatching(message), faults });
  expect(await temporary.ledger.batches()).toEqual([]);
});

test("refuses what is not a readable file, and says so", async () => {
  await using temporary = await createTemporaryLedger();
  const plan = (path: string) => temporary.plan({}, { inputs: [{ path }] });
  await expect(plan(temporary.path("none.csv"))).rejects.toThrow(/There is no file .*none\.csv here/);
  await mkdir(temporary.path("folder"));
  await expect(plan(temporary.path("folder"))).rejects.toThrow(/folder is a folder; name the files in it/);
  await expect(plan("/dev/null")).rejects.toThrow(/not a file.*--format/);
  await expect(temporary.plan({}, { inputs: [] })).rejects.toThrow(/no input/);
});

test.skipIf(process.getuid?.() === 0)("refuses a file without permission to read it", async () => {
  await using temporary = await createTemporaryLedger();
  const path = await temporary.write("secret.csv", HEADER);
  await chmod(path, 0);
  await expect(temporary.plan({}, { inputs: [{ path }] })).rejects.toThrow(/no permission/);
});

test("an unknown field in the map is refused", async () => {
  await using temporary = await createTemporaryLedger();
  const planning = temporary.plan({ "in.csv": `${HEADER}T,r,g\n` }, { map: { ticket: "T" } });
  await expect(planning).rejects.toThrow(expect.objectContaining({ code: "bad-option" }));
});

test("only the first twenty faults are listed, and all are counted", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": HEADER + "T,,g\n".repeat(30) });
  expect([planned.faults.length, planned.faultCount]).toEqual([20, 30]);
});
