import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  chunkIds,
  laneOf,
  type BatchRecord,
  type Outcome,
  type RowResult,
  type TicketOutcomes,
  type UndoOutcome,
} from "../src/index.ts";
import { planRetryBatch } from "../src/follow-up/retry.ts";
import { createLocalStore } from "../src/store/local-store.ts";
import { createTemporaryLedger, csvOf, type TemporaryLedger } from "./temporary-ledger.ts";

const END = { state: "completed", started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" } as const;

const code = (expected: string) => expect.objectContaining({ code: expected });

const HEADER = ["case_id", "related_id", "group_id", "note"];
const INPUT = csvOf(
  [
    ["T1", "r1", "g", "one"], // row 1, line 2
    ["T1", "r2", "", "two"],
    ["T2", "r1", "g", "three"],
    ["T3", "r1", "g", "four"],
    ["T3", "r1", "g", "repeated"],
    ["T4", "", "g", "invalid"],
    ["T5", "r1", "g", "seven"],
    ["T6", "r1", "g", ""],
    ["T6", "r2", "g", ""],
    ["T6", "r3", "g", ""],
    ["T6", "r4", "g", ""],
  ],
  HEADER,
);

/** Ends a batch with an outcome for each row. Rows without one stay unsettled. */
async function end(
  { ledger }: TemporaryLedger,
  record: BatchRecord,
  outcomes: Record<number, Outcome | UndoOutcome>,
): Promise<void> {
  for (const chunkId of chunkIds(record)) {
    const rows = (await ledger.readChunk(record.id, chunkId)).flatMap((ticket) => ticket.rows);
    const results = rows.flatMap(({ row }): RowResult[] => {
      const outcome = outcomes[row];
      return outcome ? [{ row, attempts: 1, outcome }] : [];
    });
    await ledger.writeResults(record.id, chunkId, results);
  }
  await ledger.finish(record.id, END);
}

/** Commits the input above as `b`, with `T5` not found and rows 2 to 4 failed. */
async function endedBatch(temporary: TemporaryLedger): Promise<BatchRecord> {
  const record = await (
    await temporary.plan({ "in.csv": INPUT }, { id: "b", groupId: "g", maxRate: 7, readLagMs: 8_000 })
  ).commit();
  await end(temporary, record, { 1: "created", 2: "failed", 3: "failed", 7: "not_found" });
  return record;
}

async function rowsOf({ ledger }: TemporaryLedger, record: BatchRecord): Promise<number[]> {
  const rows: number[] = [];
  for (const chunkId of chunkIds(record)) {
    for (const ticket of await ledger.readChunk(record.id, chunkId)) {
      expect(chunkId.charAt(0)).toBe(laneOf(ticket.ticket));
      rows.push(...ticket.rows.map(({ row }) => row));
    }
  }
  return rows.sort((a, b) => a - b);
}

async function reportOf({ ledger, path }: TemporaryLedger, id: string): Promise<string[]> {
  await ledger.report(id, { format: "csv", out: path("out.csv") });
  const [, ...lines] = (await readFile(path("out.csv"), "utf8")).trimEnd().split("\n");
  return lines.map((line) => line.replace(/,,.*,(?=[^,]*$)/, " ... "));
}

test("a retry has the rows that failed, with their lines, groups and columns, and it and an undo have the options of their batch", async () => {
  await using temporary = await createTemporaryLedger();
  const source = await endedBatch(temporary);
  const retry = await temporary.ledger.planRetry("b");
  expect(retry).toMatchObject({
    id: "b-retry-1",
    kind: "create",
    of: "b",
    endpoint: source.endpoint,
    options: source.options,
    columns: ["note"],
    counts: {
      rows: 3,
      lines: 3,
      tickets: 3,
      to_send: 3,
      tickets_to_send: 3,
      duplicate: 0,
      limit_reached: 0,
      invalid: 0,
    },
  });
  if (!retry) throw new Error("no retry");
  expect((await temporary.ledger.planUndo("b", "u")).options).toEqual(source.options);
  // Row 4 had no outcome when the batch ended.
  expect(await rowsOf(temporary, retry)).toEqual([2, 3, 4]);
  await end(temporary, retry, { 2: "created", 3: "already_associated", 4: "created" });
  expect(await reportOf(temporary, "b-retry-1")).toEqual([
    "3,T1,r2,g,created ... two",
    "4,T2,r1,g,already_associated ... three",
    "5,T3,r1,g,created ... four",
  ]);
});

test("a batch has one unfinished retry at a time, each with the rows that the earlier ones left", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await endedBatch(temporary);
  const [first, same] = await Promise.all([ledger.planRetry("b"), ledger.planRetry("b")]);
  expect(same).toEqual(first);
  expect(await ledger.planRetry("b")).toEqual(first);
  await expect(ledger.planRetry("b", { outcomes: ["not_found"] })).rejects.toThrow(code("not-finished"));
  if (!first) throw new Error("no retry");
  await end(temporary, first, { 2: "created", 3: "failed", 4: "created" });

  const second = await ledger.planRetry("b-retry-1");
  if (!second) throw new Error("no second retry");
  expect([second.id, second.of, await rowsOf(temporary, second)]).toEqual(["b-retry-2", "b", [3]]);
  await end(temporary, second, { 3: "created" });
  expect(await ledger.planRetry("b")).toBeUndefined();
  expect((await ledger.batches()).map(({ id }) => id).sort()).toEqual(["b", "b-retry-1", "b-retry-2"]);
});

test("a retry takes other outcomes if asked to, but never rows that the plan found invalid or duplicate", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await endedBatch(temporary);
  const outcomes: Outcome[] = ["not_found", "invalid", "duplicate", "limit_reached"];
  const retry = await ledger.planRetry("b", { outcomes });
  if (!retry) throw new Error("no retry");
  expect(await rowsOf(temporary, retry)).toEqual([7, 8, 9, 10, 11]);
  await end(temporary, retry, { 7: "created" });
  expect((await ledger.summary(retry.id))?.failed).toBe(4);
});

test("a retry of a batch that cannot be retried is rejected with the reason", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await (await temporary.plan({ "in.csv": INPUT }, { id: "running" })).commit();
  await expect(ledger.planRetry("running")).rejects.toThrow(code("not-finished"));
  await expect(ledger.planRetry("none")).rejects.toThrow(code("no-such-batch"));
  await endedBatch(temporary);
  await ledger.planUndo("b", "u");
  await expect(ledger.planRetry("u")).rejects.toThrow(code("not-retryable"));
});

test("a batch with the longest possible id can be retried", async () => {
  await using temporary = await createTemporaryLedger();
  const id = "x".repeat(64);
  const record = await (await temporary.plan({ "in.csv": INPUT }, { id })).commit();
  await end(temporary, record, {});
  expect((await temporary.ledger.planRetry(id))?.id).toMatch(/^[0-9a-f]{16}-retry-1$/);
});

test("an undo of a retry removes what the retry created, also with high row numbers", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  // More rows than the initial size of the set of row numbers.
  const many = Array.from({ length: 9_000 }, (_, at) => [`T${at}`, "r1", "g"]);
  const record = await (await temporary.plan({ "in.csv": csvOf(many) }, { id: "b" })).commit();
  const allBut = Object.fromEntries(many.map((_, at) => [at + 1, "created"] as const)) as Record<number, Outcome>;
  await end(temporary, record, { ...allBut, 3: "failed", 9_000: "failed" });
  const retry = await ledger.planRetry("b");
  if (!retry) throw new Error("no retry");
  await end(temporary, retry, { 3: "created", 9_000: "created" });
  const undo = await ledger.planUndo(retry.id, "u");
  expect(await rowsOf(temporary, undo)).toEqual([3, 9_000]);
  expect((await reportOf(temporary, "u")).map((line) => line.split(",")[0])).toEqual(["4", "9001"]);
});

async function outcomesOf({ ledger }: TemporaryLedger, id: string): Promise<Record<string, unknown[]>> {
  const found: TicketOutcomes[] = [];
  for await (const ticket of ledger.outcomesByTicket(id)) found.push(ticket);
  return Object.fromEntries(
    found.map(({ ticket, rows }) => [
      ticket,
      rows.map(({ line, related, outcome }) => `${line} ${related} ${outcome}`),
    ]),
  );
}

test("outcomes by ticket include those of later retries and undos", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const record = await (await temporary.plan({ "in.csv": INPUT }, { id: "b", groupId: "g" })).commit();
  expect((await outcomesOf(temporary, "b"))["T2"]).toEqual(["4 r1 undefined"]);
  await end(temporary, record, { 1: "created", 2: "failed", 3: "failed", 7: "not_found" });
  const before = await outcomesOf(temporary, "b");
  expect(Object.keys(before)).toEqual(["T1", "T2", "T3", "T4", "T5", "T6"]);
  expect(before).toMatchObject({
    T1: ["2 r1 created", "3 r2 failed"],
    T3: ["5 r1 failed", "6 r1 duplicate"],
    T4: ["7  invalid"],
    T6: ["9 r1 limit_reached", "10 r2 limit_reached", "11 r3 limit_reached", "12 r4 limit_reached"],
  });

  const retry = await ledger.planRetry("b");
  if (!retry) throw new Error("no retry");
  await end(temporary, retry, { 2: "created", 3: "failed", 4: "already_associated" });
  expect(await outcomesOf(temporary, "b")).toMatchObject({
    T1: ["2 r1 created", "3 r2 created"],
    T2: ["4 r1 failed"],
    T3: ["5 r1 already_associated", "6 r1 duplicate"],
  });
  await end(temporary, await ledger.planUndo("b", "u1"), { 1: "failed" });
  expect((await outcomesOf(temporary, "b"))["T1"]).toEqual(["2 r1 created", "3 r2 created"]);
  await end(temporary, await ledger.planUndo("b", "u3"), { 1: "removed" });
  await end(temporary, await ledger.planUndo(retry.id, "u2"), { 2: "already_absent" });
  expect((await outcomesOf(temporary, "b"))["T1"]).toEqual(["2 r1 removed", "3 r2 already_absent"]);
  expect((await outcomesOf(temporary, retry.id))["T1"]).toEqual(["3 r2 already_absent"]);
});

test("follow-ups count in the order in which they were planned, although the clock of the first was ahead", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger, folder } = temporary;
  await endedBatch(temporary);
  const ahead = new Date(Date.now() + 20 * 60_000);
  const retry = await planRetryBatch(createLocalStore(join(folder, "ledger")), "b", {}, ahead);
  if (!retry) throw new Error("no retry");
  await end(temporary, retry, { 2: "created", 3: "failed", 4: "failed" });
  await end(temporary, await ledger.planUndo(retry.id, "u"), { 2: "removed" });
  expect((await outcomesOf(temporary, "b"))["T1"]).toEqual(["2 r1 created", "3 r2 removed"]);
  const second = await ledger.planRetry("b");
  if (!second) throw new Error("no second retry");
  await end(temporary, second, { 3: "created", 4: "failed" });
  expect(await outcomesOf(temporary, "b")).toMatchObject({ T2: ["4 r1 created"] });
});

test("a forgotten batch is removed with all its files, and its id cannot be used again", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await endedBatch(temporary);
  expect(await ledger.forgottenAt("b")).toBeUndefined();
  expect(await ledger.forget("b")).toBe(true);
  expect(await ledger.batches()).toEqual([]);
  expect(await readdir(join(ledger.location, "batches"))).toEqual([]);
  expect(Date.parse((await ledger.forgottenAt("b")) ?? "")).not.toBeNaN();
  expect(await ledger.forget("b")).toBe(false);
  await expect(temporary.plan({ "in.csv": INPUT }, { id: "b" })).rejects.toThrow(code("batch-exists"));
});

test("a batch that has not ended cannot be forgotten", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await (await temporary.plan({ "in.csv": INPUT }, { id: "b" })).commit();
  await expect(ledger.forget("b")).rejects.toThrow(code("not-finished"));
  expect(await ledger.forget("none")).toBe(false);
  expect(await ledger.batch("b")).toBeDefined();
  // It may be a batch that another process is committing.
  await mkdir(join(ledger.location, "batches", "coming"));
  expect(await ledger.forget("coming")).toBe(false);
  expect(await readdir(join(ledger.location, "batches"))).toContain("coming");
});

test("the rest of a forgotten batch after a crash is not listed, and is removed when the batch is forgotten again", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const source = await endedBatch(temporary);
  await ledger.planRetry("b");
  const folder = join(ledger.location, "batches", "b");
  await ledger.forget("b");
  await mkdir(join(folder, "rows"), { recursive: true });
  await writeFile(join(folder, "rows", "00000.jsonl"), "");
  expect((await ledger.batches()).map(({ id }) => id)).toEqual(["b-retry-1"]);
  expect(await ledger.forget("b")).toBe(true);
  expect(await readdir(join(ledger.location, "batches"))).toEqual(["b-retry-1"]);

  // The marker is written first: after an interruption there, the batch is still complete.
  await rm(join(ledger.location, "batches", "b-retry-1"), { recursive: true });
  await rm(join(ledger.location, "forgotten"), { recursive: true });
  await end(temporary, await (await temporary.plan({ "in.csv": INPUT }, { id: "b", groupId: "g" })).commit(), {});
  await mkdir(join(ledger.location, "forgotten"));
  await writeFile(join(ledger.location, "forgotten", "b.json"), JSON.stringify({ forgotten_at: source.created_at }));
  expect(await ledger.forget("b")).toBe(true);
  expect(await ledger.batches()).toEqual([]);
});

test("a retry and an undo work after their batch was forgotten, and do not reuse the id of a forgotten one", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await endedBatch(temporary);
  const first = await ledger.planRetry("b");
  if (!first) throw new Error("no retry");
  await end(temporary, first, { 2: "created" });
  await ledger.forget("b-retry-1");
  // The report of the batch says that they failed. The API knows what the forgotten retry did.
  expect((await ledger.planRetry("b"))?.id).toBe("b-retry-2");
  const second = await ledger.batch("b-retry-2");
  if (!second) throw new Error("no second retry");
  await end(temporary, second, { 3: "created" });
  await ledger.forget("b");
  const third = await ledger.planRetry("b-retry-2");
  if (!third) throw new Error("no third retry");
  expect([third.id, third.of]).toEqual(["b-retry-2-retry-1", "b-retry-2"]);
  expect(await rowsOf(temporary, third)).toEqual([2, 4]);
  await end(temporary, await ledger.planUndo("b-retry-2", "u"), { 3: "removed" });
  await ledger.forget("u");
  await expect(ledger.planUndo("b-retry-2", "u")).rejects.toThrow(code("batch-exists"));
});

test("a probe leaves no file, and reports a ledger that cannot be written", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  await ledger.probe();
  expect((await readdir(ledger.location)).filter((name) => name !== "tmp")).toEqual([]);
  await rm(ledger.location, { recursive: true });
  await writeFile(ledger.location, "a file is in the way");
  await expect(ledger.probe()).rejects.toThrow(code("storage"));
});
