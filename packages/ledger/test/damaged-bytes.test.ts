import { gzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const HEADER = "case_id,related_id,group_id,title\n";

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));
const rows = (title: string): string =>
  Array.from({ length: 20 }, (_, index) => `SR${index},RL${index},g,${title}\n`).join("");
/** 测试 in GB18030. */
const GB_TITLE = "\xb2\xe2\xca\xd4";
const gbRows = (title: string): Buffer => Buffer.from(rows(title), "latin1");

interface Damaged {
  title: string;
  name?: string;
  content: Buffer;
  encoding: string;
  place: string;
  line: number;
  value: string;
  rowCount: number;
}

const DAMAGED: Damaged[] = [
  {
    title: "UTF-8",
    content: bytes(HEADER, rows("中文标题"), "SR90,RL90,g,中文", [0xe6], "标题\n"),
    encoding: "UTF-8",
    place: "at character 15 of line 22",
    line: 22,
    value: "中文\ufffd标题",
    rowCount: 21,
  },
  {
    title: "ASCII with one byte of another encoding",
    content: bytes(HEADER, rows("note"), "SR90,RL90,g,caf", [0xe9], "\n"),
    encoding: "UTF-8",
    place: "at character 16 of line 22",
    line: 22,
    value: "caf\ufffd",
    rowCount: 21,
  },
  {
    title: "compressed UTF-8 with three such bytes",
    name: "in.csv.gz",
    content: gzipSync(bytes(HEADER, "A,r,g,", [0xff], "中文标题\n", rows("中文标题"), "B,r,g,", [0xff, 0xfe], "\n")),
    encoding: "UTF-8",
    place: "at character 7 of line 2 and in 2 other places",
    line: 2,
    value: "\ufffd中文标题",
    rowCount: 22,
  },
  {
    title: "GB18030",
    content: Buffer.concat([bytes(HEADER), gbRows(GB_TITLE), Buffer.from("SR90,RL90,g,x\xca\xff\n", "latin1")]),
    encoding: "GB18030",
    place: "at character 14 of line 22",
    line: 22,
    value: "x\ufffd",
    rowCount: 21,
  },
  {
    title: "UTF-16",
    content: Buffer.from(`\ufeff${HEADER}${rows("中文")}SR90,RL90,g,a\ud83db\n`, "utf16le"),
    encoding: "UTF-16",
    place: "at character 14 of line 22",
    line: 22,
    value: "a\ufffdb",
    rowCount: 21,
  },
];

test.each(DAMAGED)(
  "a damaged byte in a column that is not used is a warning with its place: $title",
  async ({ name = "in.csv", content, encoding, place, line, value, rowCount }) => {
    await using temporary = await createTemporaryLedger();
    const planned = await temporary.plan({ [name]: content });
    expect(planned.errors).toEqual([]);
    expect(planned.record.counts).toMatchObject({ rows: rowCount, to_send: rowCount });
    const found = planned.warnings.filter(({ reason }) => reason.includes("U+FFFD"));
    const reason = `has bytes that are not ${encoding}, ${place}, which are read as U+FFFD, here "${value}"`;
    expect(found).toMatchObject([{ line, column: "title", reason }]);
    const { id } = await planned.commit();
    await temporary.ledger.report(id, { format: "csv", out: temporary.path("report.csv") });
    expect(await readFile(temporary.path("report.csv"), "utf8")).toContain(value);
  },
);

test.each([
  ["UTF-8", bytes(HEADER, "SR1", [0xe6], ",RL1,g,中文标题标题标题\n", rows("中文")), 2, "case_id", "SR1\ufffd"],
  ["UTF-8 that is cut off", bytes(HEADER, rows("中文"), "SR90,RL90,g", [0xe6, 0x97]), 22, "group_id", "g\ufffd"],
  [
    "GB18030",
    Buffer.concat([bytes(HEADER), gbRows(GB_TITLE), bytes("SR90,R", [0xff], "L,g,t\n")]),
    22,
    "related_id",
    "R\ufffdL",
  ],
  [
    "UTF-16",
    Buffer.from(`\ufeff${HEADER}${rows("中文")}SR\udc0090,RL90,g,t\n`, "utf16le"),
    22,
    "case_id",
    "SR\ufffd90",
  ],
])("an id with a damaged byte is named: %s", async (_, content, line, column, value) => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": content });
  expect(planned.errors).toMatchObject([{ line, column, value, reason: expect.stringContaining("U+FFFD") }]);
  expect(planned.record.counts).toMatchObject({ rows: 21, to_send: 20 });
  const damaged = planned.warnings.filter(({ reason }) => reason.includes("U+FFFD"));
  expect(damaged).toMatchObject([{ line, reason: expect.stringContaining(`of line ${line}`) }]);
});
