import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { PlanRequest } from "../src/index.ts";
import { decodePieces } from "../src/plan/readers/text-pieces.ts";
import { createTemporaryLedger, type TemporaryLedger } from "./temporary-ledger.ts";

const TABLE = "case_id,related_id,group_id,note\nT1,R1,g,one\nT1,R2,g,two\n";

/** 工单号,关联工单,用户组ID,备注 and a row, in GB18030. */
const GB18030 = Buffer.from(
  "b9a4b5a5bac52cb9d8c1aab9a4b5a52cd3c3bba7d7e949442cb1b8d7a20a54312c523120a1a252322c672cb2e2cad40a",
  "hex",
);

/** Returns the rows of a plan as in the report: line, ticket, related ticket, group, and the other columns. */
async function rowsOf({ ledger, path }: TemporaryLedger, id: string): Promise<unknown[][]> {
  await ledger.report(id, { format: "jsonl", out: path("report.jsonl") });
  const lines = (await readFile(path("report.jsonl"), "utf8")).trimEnd().split("\n");
  return lines.map((line) => {
    const row: Record<string, unknown> = JSON.parse(line);
    const { line: at, case_id, related_id, group_id, outcome: _1, error_code: _2, error_message: _3, ...rest } = row;
    const { http_status: _4, request_id: _5, attempts: _6, settled_at: _7, ...others } = rest;
    return [at, case_id, related_id, group_id, others];
  });
}

const EXPECTED = [
  [2, "T1", "R1", "g", { note: "one" }],
  [3, "T1", "R2", "g", { note: "two" }],
];

interface Form {
  title: string;
  name: string;
  content: string | Buffer;
  request?: Partial<PlanRequest>;
  rows?: unknown[][];
}

const FORMS: Form[] = [
  { title: "CSV", name: "in.csv", content: TABLE },
  { title: "CSV with a byte order mark", name: "in.csv", content: `\ufeff${TABLE}` },
  { title: "CSV with Windows line ends", name: "in.csv", content: TABLE.replaceAll("\n", "\r\n") },
  { title: "CSV with the line ends of old Macs", name: "in.csv", content: TABLE.replaceAll("\n", "\r") },
  { title: "CSV with semicolons", name: "in.txt", content: TABLE.replaceAll(",", ";") },
  { title: "tabs in a file without a file ending", name: "in", content: TABLE.replaceAll(",", "\t") },
  {
    title: "UTF-16 from a spreadsheet",
    name: "in.txt",
    content: Buffer.from(`\ufeff${TABLE.replaceAll(",", "\t")}`, "utf16le"),
  },
  { title: "big-endian UTF-16", name: "in.csv", content: Buffer.from(`\ufeff${TABLE}`, "utf16le").swap16() },
  { title: "gzip", name: "in.csv.gz", content: gzipSync(TABLE) },
  { title: "gzip without the ending .gz", name: "in.csv", content: gzipSync(TABLE) },
  {
    title: "gzip of several members, with padding",
    name: "in.csv.gz",
    content: Buffer.concat([gzipSync(TABLE.slice(0, 40)), gzipSync(TABLE.slice(40)), Buffer.alloc(512)]),
  },
  {
    title: "UTF-16 in gzip",
    name: "in.tsv.gz",
    content: gzipSync(Buffer.from(`\ufeff${TABLE.replaceAll(",", "\t")}`, "utf16le")),
  },
  {
    title: "JSON lines in gzip",
    name: "in.jsonl.gz",
    content: gzipSync(
      '\n{"case_id":"T1","related_id":"R1","group_id":"g","note":"one"}\n{"caseId":"T1","relatedTicketIds":["R2"],"groupId":"g","note":"two"}\n',
    ),
  },
  {
    title: "a JSON array in gzip without another ending",
    name: "in.gz",
    content: gzipSync(
      '[\n{"case_id":"T1","related_id":"R1","group_id":"g","note":"one"},\n{"case_id":"T1","related_id":"R2","group_id":"g","note":"two"}]',
    ),
  },
  {
    title: "GB18030 with the column names of a Chinese console",
    name: "in.csv",
    content: GB18030,
    rows: [
      [2, "T1", "R1", "g", { 备注: "测试" }],
      [2, "T1", "R2", "g", { 备注: "测试" }],
    ],
  },
];

test.each(FORMS)("a plan reads $title", async ({ name, content, request, rows = EXPECTED }) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ [name]: content }, request);
  const { id } = await planned.commit();
  expect(await rowsOf(temporary, id)).toEqual(rows);
  const bytes = Buffer.from(content);
  expect(planned.record.inputs).toMatchObject([
    { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") },
  ]);
});

test("standard input can be compressed and in GB18030, and leaves no file", async () => {
  await using temporary = await createTemporaryLedger();
  const stream = Readable.from([gzipSync(GB18030)]);
  const planned = await temporary.plan({}, { inputs: [{ path: "-", format: "csv", stream }] });
  expect(planned.record.counts).toMatchObject({ lines: 1, rows: 2, to_send: 2 });
  await planned.commit();
  expect(await readdir(temporary.path("ledger/tmp"))).toEqual([]);
});

test.each([
  ["Ticket ID", "Related Ticket ID", "Group ID"],
  ["caseId", "relatedIdList", "groupId"],
  ["CASE-NO.", "associated_ticket_ids", "User Group ID"],
  ["工单编号（必填）", "关联工单号", "用户组ID"],
  ["＊工单ＩＤ".replace("＊", "*"), "关联工单列表", "IAM用户组ID"],
  ['"Ticket\nnumber"', "Related tickets", "iam_group_id"],
])("knows the columns %s, %s and %s", async (ticket, related, group) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": `${ticket},${related},${group}\nT,R,g\n` });
  expect(planned.record.counts).toMatchObject({ rows: 1, to_send: 1 });
  expect(planned.record.columns).toEqual([]);
});

test("a column with the contract's name takes precedence over one with another name, which stays a column of the report", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": "case_id,Ticket No,related_id,group_id\nT,x,R,g\n" });
  const lines = await temporary.plan({
    "in.jsonl": '{"ticketNo":"x","case_id":"T","related_id":"R","group_id":"g"}\n',
  });
  expect([planned.record.columns, lines.record.columns]).toEqual([["Ticket No"], ["ticketNo"]]);
  expect([planned.errorCount, lines.errorCount]).toEqual([0, 0]);
});

test("several ids in a cell can have any usual separator", async () => {
  await using temporary = await createTemporaryLedger();
  const cells = ["R1 R2", "R1;R2", "R1|R2", '"R1, R2"', "R1、R2", "R1，R2", '"R1\nR2"'];
  const table = cells.map((cell, index) => `T${index},${cell},g\n`).join("");
  const planned = await temporary.plan({ "in.csv": `case_id,related_ids,group_id\n${table}` });
  expect(planned.record.counts).toMatchObject({ lines: 7, rows: 14, to_send: 14 });
});

test("text decodes the same wherever its bytes are divided", async () => {
  const word = fc.string({ unit: fc.constantFrom("a", ",", "\n", "测", "é", "😀", "镕") });
  await fc.assert(
    fc.asyncProperty(
      word,
      fc.constantFrom("utf-8" as const, "utf-16le" as const),
      fc.integer({ min: 1, max: 5 }),
      async (text, encoding, size) => {
        const bytes = Buffer.from(text, encoding === "utf-8" ? "utf8" : "utf16le");
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        );
        let decoded = "";
        for await (const piece of decodePieces(Readable.from(pieces), encoding, "\n")) decoded += piece;
        expect(decoded).toBe(text);
      },
    ),
  );
});

test.each([
  ["sep=;\r\ncase_id;related_id;group_id\r\nT1;R1,2;g\r\nT2;;g\r\n", ";"],
  ["\ufeffSEP=|\ncase_id|related_id|group_id\nT1|R1,2|g\nT2||g\n", "|"],
  ['"sep=,"\ncase_id,related_id,group_id\nT1,"R1,2",g\nT2,,g\n', ","],
])("a first line that names the separator is none of the rows: %j", async (content, separator) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": content });
  expect(planned.record.counts).toMatchObject({ rows: 2, to_send: 1, invalid: 1 });
  expect(planned.errors).toMatchObject([{ line: 4, column: "related_id", reason: "missing" }]);
  await planned.writeRejects(temporary.path("rejects.csv"));
  const rejects = await readFile(temporary.path("rejects.csv"), "utf8");
  expect(rejects.replace("\ufeff", "").split("\n").slice(0, 2)).toEqual([
    `sep=${separator}`,
    ["case_id", "related_id", "group_id", "reason"].join(separator),
  ]);
  const fixed = rejects.replace(`T2${separator}${separator}`, `T2${separator}R9${separator}`);
  const again = await temporary.plan({ "fixed.csv": fixed });
  expect(again.record.counts).toMatchObject({ rows: 1, to_send: 1 });
});
