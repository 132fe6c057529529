import { execFile } from "node:child_process";
import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { chunkIds, openLedger, OUTCOMES, type BatchRecord, type RowResult } from "../src/index.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const END = { started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" };

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

/** The rows that the batch of the undo test creates. */
function isCreated(row: number): boolean {
  return row % 4 === 1 || row === 2;
}

/** Commits a batch of some tickets with two related ids each, a duplicate row and an invalid row. */
async function committedBatch(temporary: TemporaryLedger, id = "b1", ticketCount = 10): Promise<BatchRecord> {
  const rows = Array.from({ length: ticketCount }, (_, index) => [
    [`SR${index}`, "TT1", "g"],
    [`SR${index}`, "TT2", "g"],
  ]).flat();
  const content = csvOf([...rows, ["SR0", "TT1", "g"], ["", "TT1", "g"]]);
  return (await temporary.plan({ [`${id}.csv`]: content }, { id, ticketsPerChunk: 1 })).commit();
}

/** Writes a result for every row of the batch, as a function makes it. */
async function settle({ ledger }: TemporaryLedger, record: BatchRecord, toResult: (row: number) => Partial<RowResult>) {
  for (const chunkId of chunkIds(record)) {
    const tickets = await ledger.readChunk(record.id, chunkId);
    const results = tickets.flatMap(({ rows }) => rows.map(({ row }) => ({ row, attempts: 1, ...toResult(row) })));
    await ledger.writeResults(record.id, chunkId, results);
  }
}

test("opening a ledger and working on a chunk loads neither the database nor the parsers", async () => {
  await using temporary = await createTemporaryLedger();
  const script = `
    import { createRequire } from "node:module";
    const { openLedger } = await import(process.argv[1]);
    await openLedger(process.argv[2]).batches();
    const loaded = Object.keys(createRequire(import.meta.url).cache).concat(process.report.getReport().sharedObjects);
    console.log(JSON.stringify(loaded.filter((path) => /duckdb|csv-parse/.test(path))));`;
  const index = new URL("../src/index.ts", import.meta.url).href;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "-e",
    script,
    index,
    temporary.folder,
  ]);
  expect(JSON.parse(stdout)).toEqual([]);
});

test("a location that the ledger does not support is rejected by name", () => {
  for (const location of [
    "gs://bucket",
    "",
    "s3://",
    "s3://Bucket!",
    "s3://bucket/../x",
    "s3://bucket/a//b",
    "s3://bucket/a?b",
  ]) {
    expect(() => openLedger(location)).toThrow(expect.objectContaining({ code: "unsupported-location" }));
  }
});

test("snapshots and results are read as written, and are empty before that", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const [chunkId = ""] = chunkIds(await committedBatch(temporary));
  expect(await ledger.readSnapshot("b1", chunkId)).toEqual([]);
  expect(await ledger.readResults("b1", chunkId)).toEqual([]);
  const entries = [{ ticket: "SR0\n", turn: 2, present: ["a", "ü"] }];
  const results: RowResult[] = [
    {
      row: 1,
      outcome: "not_found",
      error_code: "OSM.01010015",
      error_message: "no\nsuch",
      http_status: 200,
      request_id: "r",
      attempts: 1,
    },
    { row: 2, attempts: 3 },
  ];
  await ledger.writeSnapshot("b1", chunkId, entries);
  await ledger.writeResults("b1", chunkId, []);
  await ledger.writeResults("b1", chunkId, results);
  expect(await ledger.readSnapshot("b1", chunkId)).toEqual(entries);
  expect(await ledger.readResults("b1", chunkId)).toEqual(results);
});

test("unknown batches and chunks, and ids that are paths to other folders, are rejected", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await committedBatch(temporary);
  expect(await ledger.batch("none")).toBeUndefined();
  await expect(ledger.readChunk("none", "a-00000")).rejects.toThrow(code("no-such-batch"));
  await expect(ledger.readChunk("b1", "a-09999")).rejects.toThrow(code("no-such-chunk"));
  await expect(ledger.finish("none", { state: "completed", ...END })).rejects.toThrow(code("no-such-batch"));
  await expect(ledger.writeResults("none", "a-00000", [])).rejects.toThrow(code("storage"));
  expect(await ledger.batches()).toHaveLength(1);
  for (const id of ["../b1", "..", "b1/chunks", ""]) {
    await expect(ledger.batch(id)).rejects.toThrow(code("bad-id"));
    await expect(ledger.readResults("b1", id)).rejects.toThrow(code("bad-id"));
    await expect(ledger.planUndo("b1", id)).rejects.toThrow(code("bad-id"));
  }
});

test("batches are listed newest first, without folders that were not committed", async () => {
  await using temporary = await createTemporaryLedger();
  const files = { "in.csv": csvOf([["T1", "r1", "g"]]) };
  for (const [id, day] of [
    ["second", "02"],
    ["third", "03"],
    ["first", "01"],
  ] as const) {
    await (await temporary.plan(files, { id, now: () => new Date(`2026-01-${day}`) })).commit();
  }
  await mkdir(join(temporary.ledger.location, "batches", "uncommitted", "chunks"), { recursive: true });
  expect((await temporary.ledger.batches()).map(({ id }) => id)).toEqual(["third", "second", "first"]);
});

test("the summary counts every row once, and never changes", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const record = await committedBatch(temporary);
  await settle(temporary, record, (row) =>
    row <= 7 ? { outcome: "created" } : row <= 10 ? { outcome: "forbidden" } : {},
  );
  expect(await ledger.summary("b1")).toBeUndefined();
  const summary = await ledger.finish("b1", { state: "completed", ...END });
  expect(summary).toEqual({
    state: "completed", rows: 22, tickets: 10, created: 7, already_associated: 0, duplicate: 1, limit_reached: 0,
    invalid: 1, not_found: 0, forbidden: 3, failed: 10, cancelled: 0, ...END,
    results_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  }); // prettier-ignore
  expect(OUTCOMES.reduce((sum, outcome) => sum + summary[outcome], 0)).toBe(summary.rows);
  expect(await ledger.finish("b1", { state: "cancelled", ...END, finished_at: "later" })).toEqual(summary);
  expect(await ledger.summary("b1")).toEqual(summary);
});

test("unsettled rows of a cancelled batch count as cancelled", async () => {
  await using temporary = await createTemporaryLedger();
  await committedBatch(temporary);
  const summary = await temporary.ledger.finish("b1", { state: "cancelled", ...END });
  expect([summary.failed, summary.cancelled]).toEqual([0, 20]);
});

test("ends that are written at the same time agree on one summary", async () => {
  await using temporary = await createTemporaryLedger();
  await committedBatch(temporary);
  const ends = ["a", "b", "c", "d"].map((finished_at) =>
    temporary.ledger.finish("b1", { state: "completed", ...END, finished_at }),
  );
  const summaries = await Promise.all(ends);
  expect(new Set(summaries.map(({ finished_at }) => finished_at)).size).toBe(1);
});

test("an undo has exactly the created rows, in chunks of the same lanes without gaps", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const record = await committedBatch(temporary, "b1", 40);
  await settle(temporary, record, (row) => ({ outcome: isCreated(row) ? "created" : "already_associated" }));
  await expect(ledger.planUndo("b1", "u1")).rejects.toThrow(expect.objectContaining({ code: "not-finished" }));
  await ledger.finish("b1", { state: "completed", ...END });
  const undo = await ledger.planUndo("b1", "u1");
  expect(undo).toMatchObject({
    kind: "undo",
    of: "b1",
    counts: { rows: 21, lines: 21, to_send: 21, tickets: 20, duplicate: 0, invalid: 0 },
  });
  const rows: number[] = [];
  for (const chunkId of chunkIds(undo)) {
    for (const ticket of await ledger.readChunk("u1", chunkId)) rows.push(...ticket.rows.map(({ row }) => row));
  }
  expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1).filter(isCreated));
  expect(await ledger.planUndo("b1", "u1")).toEqual(undo);

  await settle(temporary, undo, (row) => ({ outcome: row === 1 ? "already_absent" : "removed" }));
  const summary = await ledger.finish("u1", { state: "completed", ...END });
  expect(summary).toMatchObject({ rows: 21, removed: 20, already_absent: 1, created: 0, failed: 0 });
  const { rows: reported } = await ledger.report("u1", { format: "csv", out: temporary.path("undo.csv") });
  expect(reported).toBe(21);
  expect(await readFile(temporary.path("undo.csv"), "utf8")).toMatch(/^2,SR0,TT1,g,already_absent,/m);

  await expect(ledger.planUndo("u1", "u2")).rejects.toThrow(expect.objectContaining({ code: "not-undoable" }));
  await expect(ledger.planUndo("b1", "b1")).rejects.toThrow(expect.objectContaining({ code: "batch-exists" }));
});

test("damage to a file is reported with the file and the line", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const record = await committedBatch(temporary);
  const [chunkId = ""] = chunkIds(record);
  const inBatch = (...path: string[]) => join(ledger.location, "batches", "b1", ...path);
  const results = inBatch("results", chunkId, "0000000001.jsonl");

  await ledger.writeResults("b1", chunkId, [
    { row: 1, attempts: 1 },
    { row: 2, attempts: 1 },
  ]);
  await truncate(results, 30);
  await expect(ledger.readResults("b1", chunkId)).rejects.toThrow(
    new RegExp(`${chunkId}.0000000001\\.jsonl, line 2: not a whole line`),
  );
  await expect(ledger.finish("b1", { state: "completed", ...END })).rejects.toThrow(/line 2/);
  await expect(ledger.report("b1", { format: "csv", out: temporary.path("out.csv") })).rejects.toThrow(/line 2/);
  expect(await readdir(temporary.folder)).not.toContain("out.csv");

  await writeFile(results, '{"row":1,"attempts":1}\n{"row":"x","attempts":1}\n');
  await expect(ledger.readResults("b1", chunkId)).rejects.toThrow(/line 2/);
  await writeFile(results, '{"row":1,"outcome":"done","attempts":1}\n');
  await expect(ledger.readResults("b1", chunkId)).rejects.toThrow(/line 1/);

  await appendFile(inBatch("chunks", `${chunkId}.jsonl`), "{}\n");
  await expect(ledger.readChunk("b1", chunkId)).rejects.toThrow(/line 2/);
  await truncate(inBatch("batch.json"), 100);
  await expect(ledger.batch("b1")).rejects.toThrow(/batch\.json is not JSON/);
});
