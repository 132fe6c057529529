import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { chunkIds, type BatchRecord, type RowResult } from "../src/index.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";
import { workbook } from "./workbook.ts";

const COLUMNS =
  "line,case_id,related_id,group_id,outcome,error_code,error_message,http_status,request_id,attempts,settled_at";

async function settleRow({ ledger }: TemporaryLedger, record: BatchRecord, result: RowResult): Promise<void> {
  for (const chunkId of chunkIds(record)) {
    const tickets = await ledger.readChunk(record.id, chunkId);
    if (!tickets.some(({ rows }) => rows.some(({ row }) => row === result.row))) continue;
    await ledger.writeResults(record.id, chunkId, [...(await ledger.readResults(record.id, chunkId)), result]);
  }
}

async function csvReport({ ledger, path }: TemporaryLedger, id: string): Promise<Record<string, string>[]> {
  await ledger.report(id, { format: "csv", out: path("out.csv") });
  return parse(await readFile(path("out.csv")), { columns: true });
}

test("a CSV report has every row in input order, with its outcome if it has one", async () => {
  await using temporary = await createTemporaryLedger();
  const header = ["case_id", "related_id", "group_id", "owner"];
  const content = csvOf(
    [
      ["B", "r1", "", "Ö"],
      ["A", "r1", "", '"x, ""y"""'],
      ["B", "r1", "", ""],
      ["", "r1", "", "z"],
    ],
    header,
  );
  const planned = await temporary.plan({ "in.csv": content }, { id: "b1", groupId: "g", now: () => new Date(0) });
  const record = await planned.commit();
  const refusal = {
    error_code: "OSM.01010015",
    error_message: 'no "such",\nticket',
    http_status: 200,
    request_id: "q1",
  };
  await settleRow(temporary, record, { row: 2, outcome: "not_found", attempts: 2, settled_at: "then", ...refusal });
  expect((await csvReport(temporary, "b1")).map((row) => Object.values(row))).toEqual([
    ["2", "B", "r1", "g", "", "", "", "", "", "0", "", "Ö"],
    ["3", "A", "r1", "g", "not_found", "OSM.01010015", 'no "such",\nticket', "200", "q1", "2", "then", 'x, "y"'],
    ["4", "B", "r1", "g", "duplicate", "", "same as line 2", "", "", "0", "1970-01-01T00:00:00.000Z", ""],
    ["5", "", "r1", "g", "invalid", "", "case_id: missing", "", "", "0", "1970-01-01T00:00:00.000Z", "z"],
  ]);
  expect(await readFile(temporary.path("out.csv"), "utf8")).toMatch(new RegExp(`^${COLUMNS},owner\n`));

  await temporary.ledger.finish("b1", { state: "cancelled", started_at: "then", finished_at: "now" });
  expect((await csvReport(temporary, "b1"))[0]).toMatchObject({ outcome: "cancelled", settled_at: "now" });
});

test("a CSV report starts with a byte order mark if the first input does or is from a spreadsheet, and can be an input again", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = [["A", "工", "g"]];
  const header = `${COLUMNS}\n`;
  for (const [id, inputs, mark] of [
    ["marked", { "in.csv": `\ufeff${csvOf(rows)}`, "b.csv": csvOf(rows) }, "\ufeff"],
    ["wide", { "in.csv": Buffer.from(`\ufeff${csvOf(rows)}`, "utf16le") }, "\ufeff"],
    ["chinese", { "in.csv": Buffer.from(csvOf(rows).replace("工", "\xb9\xa4"), "latin1") }, "\ufeff"],
    ["book", { "in.xlsx": workbook({ rows: [["case_id", "related_id", "group_id"], ...rows] }) }, "\ufeff"],
    ["bare", { "in.csv": csvOf(rows), "b.csv": `\ufeff${csvOf(rows)}` }, ""],
  ] as const) {
    await (await temporary.plan(inputs, { id })).commit();
    const out = temporary.path(`${id}.report.csv`);
    await temporary.ledger.report(id, { format: "csv", out });
    const text = await readFile(out, "utf8");
    expect(text.startsWith(mark + header)).toBe(true);
    await temporary.ledger.report(id, { format: "jsonl", out: temporary.path("out.jsonl") });
    expect((await readFile(temporary.path("out.jsonl"), "utf8")).startsWith("{")).toBe(true);
    const again = await temporary.plan({ "again.csv": text });
    expect([again.errorCount, again.record.counts.tickets]).toEqual([0, 1]);
    await again.discard();
  }
});

test("a report to a folder that does not exist fails with the path of the report and the folder", async () => {
  await using temporary = await createTemporaryLedger();
  await (await temporary.plan({ "in.csv": csvOf([["A", "r1", "g"]]) }, { id: "b1" })).commit();
  const out = temporary.path("none/report.csv");
  await expect(temporary.ledger.report("b1", { format: "csv", out })).rejects.toThrow(
    `${out} cannot be written: the folder ${temporary.path("none")} does not exist.`,
  );
});

test.each(["in.jsonl", "in.json"])("a report keeps every digit of numbers in other columns from %s", async (name) => {
  await using temporary = await createTemporaryLedger();
  const record =
    '{"case_id":"A","related_id":"r1","group_id":"g","price":1.10,"big":9007199254740993,"huge":1e400,"n":5,"deep":[1.0,{"m":-0}]}';
  const planned = await temporary.plan({ [name]: name === "in.json" ? `[${record}]` : record }, { id: "b1" });
  await planned.commit();
  await temporary.ledger.report("b1", { format: "jsonl", out: temporary.path("out.jsonl") });
  expect(JSON.parse(await readFile(temporary.path("out.jsonl"), "utf8"))).toMatchObject({
    price: "1.10",
    big: "9007199254740993",
    huge: "1e400",
    n: 5,
    deep: ["1.0", { m: "-0" }],
  });
  expect(await csvReport(temporary, "b1")).toMatchObject([
    { price: "1.10", big: "9007199254740993", huge: "1e400", n: "5", deep: '["1.0",{"m":"-0"}]' },
  ]);
});

test("a JSON lines report has the same fields as CSV, null for absent values, and other columns unchanged", async () => {
  await using temporary = await createTemporaryLedger();
  const content =
    '{"case_id":"A","related_id":"r1","group_id":"g","deep":{"n":[1,null]},"line":"mine"}\n{"case_id":"A","related_id":"r2","group_id":"g","flag":false}\n';
  await (await temporary.plan({ "in.jsonl": content }, { id: "b1" })).commit();
  await temporary.ledger.report("b1", { format: "jsonl", out: temporary.path("out.jsonl") });
  const rows = (await readFile(temporary.path("out.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  const absent = {
    outcome: null,
    error_code: null,
    error_message: null,
    http_status: null,
    request_id: null,
    settled_at: null,
  };
  expect(rows).toEqual([
    {
      line: 1,
      case_id: "A",
      related_id: "r1",
      group_id: "g",
      ...absent,
      attempts: 0,
      deep: { n: [1, null] },
      input_line: "mine",
      flag: null,
    },
    {
      line: 2,
      case_id: "A",
      related_id: "r2",
      group_id: "g",
      ...absent,
      attempts: 0,
      deep: null,
      input_line: null,
      flag: false,
    },
  ]);
  expect((await csvReport(temporary, "b1"))[0]).toMatchObject({ deep: '{"n":[1,null]}', input_line: "mine", flag: "" });
});

test("a CSV report escapes cells that a spreadsheet would run and leaves ids of safe characters unchanged", async () => {
  await using temporary = await createTemporaryLedger();
  const header = ["case_id", "related_id", "group_id", "note"];
  const rows = [
    ["-SR1", "=cmd", "g", "=1+1"],
    ["+SR2", "r", "@g", "-5"],
    ["SR3", "-r.1_", "g", "a=b"],
    ["SR4", "r", "g", "＝1+1"],
    ["SR5", "r", "g", '"\n=1+1"'],
  ];
  await (await temporary.plan({ "in.csv": csvOf(rows, header) }, { id: "b1" })).commit();
  const cells = (await csvReport(temporary, "b1")).map((row) => [row.case_id, row.related_id, row.group_id, row.note]);
  expect(cells).toEqual([
    ["-SR1", "'=cmd", "g", "'=1+1"],
    ["'+SR2", "r", "'@g", "'-5"],
    ["SR3", "-r.1_", "g", "a=b"],
    ["SR4", "r", "g", "'＝1+1"],
    ["SR5", "r", "g", "'\n=1+1"],
  ]);
});

test("a report has a row with two results once, with the last result", async () => {
  await using temporary = await createTemporaryLedger();
  const record = await (await temporary.plan({ "in.csv": csvOf([["A", "r1", "g"]]) }, { id: "b1" })).commit();
  await settleRow(temporary, record, { row: 1, attempts: 1 });
  await settleRow(temporary, record, { row: 1, attempts: 2, outcome: "created" });
  expect(await csvReport(temporary, "b1")).toEqual([expect.objectContaining({ attempts: "2", outcome: "created" })]);
});

test("a report limited to some outcomes is written to a stream and leaves the stream open", async () => {
  await using temporary = await createTemporaryLedger();
  const rows = [
    ["A", "r1", "g"],
    ["A", "r1", "g"],
    ["A", "A", "g"],
    ["B", "r1", "g"],
  ];
  await (await temporary.plan({ "in.csv": csvOf(rows) }, { id: "b1" })).commit();
  let text = "";
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const { rows: count } = await temporary.ledger.report("b1", {
    format: "csv",
    outcomes: ["invalid", "duplicate"],
    out,
  });
  expect(count).toBe(2);
  expect(text.split("\n").map((line) => line.split(",")[4])).toEqual(["outcome", "duplicate", "invalid", undefined]);
  expect(out.writable).toBe(true);
});

test("a rejects file has the invalid rows in the input's format with reasons, and can be an input again", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, path } = temporary;
  const content = 'Owner;Case_ID;related_ids;group_id\n"a;b";;r1 r2;g\nc;T;r1 T;g\nd;U;r1\n';
  const planned = await temporary.plan({ "in.csv": content }, { id: "b1" });
  expect(planned.rejectsFormat).toBe("csv");
  expect(await planned.writeRejects(path("rejects.csv"))).toBe(4);
  const missing = `${path("in.csv")} line 2, Case_ID """": missing; give the column a value`;
  const itself = "is the ticket itself; a ticket cannot be associated with itself";
  const ragged = "has 3 fields; the header has 4; add the missing fields, empty if necessary";
  const expected = [
    "Owner;Case_ID;related_ids;group_id;reason",
    `"a;b";;r1;g;"${missing}"`,
    `"a;b";;r2;g;"${missing}"`,
    `c;T;T;g;"${path("in.csv")} line 3, related_ids ""T"": ${itself}"`,
    `d;U;r1;;"${path("in.csv")} line 4, group_id ""d U r1"": ${ragged}"`,
    "",
  ];
  expect((await readFile(path("rejects.csv"), "utf8")).split("\n")).toEqual(expected);
  await planned.commit();
  expect(await planned.writeRejects(path("in.rejects-2.csv"))).toBe(4);
  expect((await readFile(path("in.rejects-2.csv"), "utf8")).split("\n")).toEqual(expected);

  const second = await ledger.plan({
    inputs: [{ path: path("in.rejects-2.csv") }],
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1,
  });
  expect(await second.writeRejects(path("second.csv"))).toBe(4);
  expect((await readFile(path("second.csv"), "utf8")).split("\n")[0]).toBe(expected[0]);
});

test("a rejects file of JSON input keeps lines that could not be parsed", async () => {
  await using temporary = await createTemporaryLedger();
  const lines = [
    '{"case_id":"T","related_id_list":["r1",5],"group_id":"g","n":1}',
    "oops",
    '{"case_id":"T","related_id":"","group_id":"g"}',
  ];
  const file = temporary.path("in.jsonl");
  const jsonLines = await temporary.plan({ "in.jsonl": lines.join("\n") });
  await jsonLines.writeRejects(temporary.path("rejects.jsonl"));
  const rejects = (await readFile(temporary.path("rejects.jsonl"), "utf8")).trimEnd().split("\n");
  expect(rejects.map((line): unknown => JSON.parse(line))).toEqual([
    {
      case_id: "T",
      related_id: 5,
      group_id: "g",
      n: 1,
      reason: `${file} line 1, related_id_list "5": is a number, not text; write it as text, in quotation marks`,
    },
    { content: "oops", reason: `${file} line 2, "oops": is not valid JSON; fix the line or remove it` },
    {
      case_id: "T",
      related_id: "",
      group_id: "g",
      reason: `${file} line 3, related_id "": missing; give the column a value`,
    },
  ]);
  const array = await temporary.plan({ "in.json": `[${lines[0]},${lines[2]}]` });
  expect(array.rejectsFormat).toBe("json");
  await array.writeRejects(temporary.path("rejects.json"));
  expect(JSON.parse(await readFile(temporary.path("rejects.json"), "utf8"))).toHaveLength(2);
});

test("a rejects file names every error of a row and keeps an input column named reason", async () => {
  await using temporary = await createTemporaryLedger();
  const { path } = temporary;
  const long = "y".repeat(40);
  const rejectsOf = async (name: string, content: string) => {
    const planned = await temporary.plan({ [name]: content });
    await planned.writeRejects(path("written"));
    return readFile(path("written"), "utf8");
  };
  const content = `case_id,related_id,group_id,Reason\n,${long},g,theirs\n`;
  const first = await rejectsOf("in.csv", content);
  const faultsAt = (place: string) =>
    `${path(place)}, case_id """": missing; give the column a value | ${path(place)}, related_id ""${long}"": 40 characters; at most 32 are allowed; correct the value`;
  expect(first).toBe(
    `case_id,related_id,group_id,Reason,caselink_reason\n,${long},g,theirs,"${faultsAt("in.csv line 2")}"\n`,
  );
  // The new reason replaces the earlier one.
  expect(await rejectsOf("in.rejects-2.csv", first)).toBe(
    first.replaceAll(path("in.csv line 2"), path("in.rejects-2.csv line 2")),
  );
  const json = '{"case_id":"","related_id":"r","group_id":"g","reason":"theirs"}\n';
  const rejected = await rejectsOf("in.jsonl", json);
  expect(JSON.parse(rejected)).toMatchObject({ reason: "theirs", caselink_reason: expect.stringContaining("missing") });
  const again: unknown = JSON.parse(await rejectsOf("in.rejects.jsonl", rejected));
  expect(again).toMatchObject({
    reason: "theirs",
    caselink_reason: expect.stringContaining("in.rejects.jsonl line 1"),
  });
});

test("a rejects file of mapped JSON input can be an input again with the same map", async () => {
  await using temporary = await createTemporaryLedger();
  const request = { map: { case_id: "Ticket", related_ids: "Links" } };
  const content =
    '{"Ticket":7,"Links":["r 1"],"group_id":"g"}\n{"Ticket":"","Links":["r 1"],"group_id":"g","case_id":"C"}\n';
  const planned = await temporary.plan({ "in.jsonl": content }, request);
  await planned.writeRejects(temporary.path("in.rejects.jsonl"));
  const rejects = await readFile(temporary.path("in.rejects.jsonl"), "utf8");
  const fixed = rejects.replace('"Ticket":7', '"Ticket":"7"').replace('"Ticket":""', '"Ticket":"8"');
  const { record } = await temporary.plan({ "fixed.jsonl": fixed }, request);
  expect(record.counts).toMatchObject({ rows: 2, to_send: 2, invalid: 0 });
});

test("a rejects file has all invalid rows in order, also if they do not fit into memory", async () => {
  await using temporary = await createTemporaryLedger();
  // With long ids, these rows and their errors need more than twice the memory limit.
  const ids = Array.from({ length: 150_000 }, (_, index) => `T${index}`.padEnd(60, "x"));
  const path = await temporary.write("in.csv", csvOf(ids.map((id) => [id, "", ""])));
  const preview = await temporary.ledger.preview({
    inputs: [{ path }],
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1,
  });
  expect(await preview.writeRejects(temporary.path("rejects.csv"))).toBe(150_000);
  await preview.discard();
  const lines = (await readFile(temporary.path("rejects.csv"), "utf8")).trimEnd().split("\n").slice(1);
  expect(lines).toHaveLength(150_000);
  expect(lines.findIndex((line, index) => !line.startsWith(`${ids[index]},`) || line.split(" | ").length !== 2)).toBe(
    -1,
  );
});

test("a plan without invalid rows writes no rejects file", async () => {
  await using temporary = await createTemporaryLedger();
  const planned = await temporary.plan({ "in.csv": csvOf([["T", "r", "g"]]) });
  expect(await planned.writeRejects(temporary.path("rejects.csv"))).toBe(0);
  await expect(readFile(temporary.path("rejects.csv"))).rejects.toThrow(/ENOENT/);
});
