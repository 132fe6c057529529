import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunkIds, openLedger, type BatchRecord, type Ledger, type PlanRequest } from "../src/index.ts";
import { STORES, type StorePlace } from "./stores.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const END = { state: "completed", started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" } as const;
const REQUEST = { endpoint: "https://api.example.com", overLimit: "refuse", giveUpAfterMs: 1000 } as const;

const code = (expected: string) => expect.objectContaining({ code: expected });

const rowsOf = (tickets: number, related = "r") =>
  Array.from({ length: tickets }, (_, at) => ({ case_id: `T${at}`, related_id: `${related}${at}`, group_id: "g" }));

const plan = (ledger: Ledger, id: string, rows: object[], more: Partial<PlanRequest> = {}) =>
  ledger.plan({ ...REQUEST, inputs: [{ rows }], id, ticketsPerChunk: 5, ...more });

/** Gives every row of a batch an outcome and ends it. */
async function complete(ledger: Ledger, record: BatchRecord): Promise<void> {
  for (const chunkId of chunkIds(record)) {
    const tickets = await ledger.readChunk(record.id, chunkId);
    const rows = tickets.flatMap((ticket) => ticket.rows);
    const results = rows.map(({ row }) => ({ row, outcome: "created" as const, attempts: 1 }));
    await ledger.writeResults(record.id, chunkId, results);
  }
  await ledger.finish(record.id, END);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Changes one character. */
const alter = async (file: string) => {
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace(/T\d|"attempts":1|^[0-9a-f]/, (found) => found.replace(/.$/, found.endsWith("9") ? "8" : "9")),
  );
  expect(await readFile(file, "utf8")).not.toBe(text);
};
const cut = (file: string) => truncate(file, 60);
const cutAtLine = async (file: string) => {
  const [first = ""] = (await readFile(file, "utf8")).split("\n");
  await truncate(file, Buffer.byteLength(first) + 1);
};
const lose = (file: string) => rm(file);

/** Does something to a file, tries, and puts the file back. */
async function damaged(file: string, harm: (file: string) => Promise<void>, use: () => Promise<unknown>) {
  const before = await readFile(file);
  await harm(file);
  const found = await use().then(
    () => undefined,
    (error: unknown) => error,
  );
  await rm(file, { force: true });
  await writeFile(file, before);
  return found;
}

for (const { kind, open, isMissing } of STORES) {
  describe.skipIf(isMissing)(`in ${kind}`, () => {
    let place: StorePlace;
    beforeAll(async () => {
      place = await open();
    });
    afterAll(() => place[Symbol.asyncDispose]());

    test("a batch is planned, worked, reported and undone", async () => {
      await using temporary = await createTemporaryLedger();
      const location = place.next();
      const ledger = openLedger(location);
      await ledger.check();
      expect(await ledger.batches()).toEqual([]);
      const rows = [...rowsOf(200), { case_id: "", related_id: "x", group_id: "g" }];
      const planned = await plan(ledger, "b1", rows);
      expect(await ledger.batch("b1")).toBeUndefined();
      const record = await planned.commit();
      expect(await planned.writeRejects(temporary.path("rejects.jsonl"))).toBe(1);
      expect(await readFile(temporary.path("rejects.jsonl"), "utf8")).toContain('"related_id":"x"');

      // Another process, or another machine, sees the same.
      const elsewhere = openLedger(location);
      expect((await elsewhere.batches()).map(({ id }) => id)).toEqual(["b1"]);
      const [chunkId = ""] = chunkIds(record);
      expect(await elsewhere.readSnapshot("b1", chunkId)).toEqual([]);
      await elsewhere.writeSnapshot("b1", chunkId, [{ ticket: "T0", turn: 1, present: ["ü\n"] }]);
      expect(await ledger.readSnapshot("b1", chunkId)).toEqual([{ ticket: "T0", turn: 1, present: ["ü\n"] }]);
      await complete(elsewhere, record);

      expect(await ledger.summary("b1")).toMatchObject({ rows: 201, created: 200, invalid: 1 });
      const out = temporary.path("report.csv");
      expect(await ledger.report("b1", { format: "csv", out })).toMatchObject({ rows: 201 });
      expect((await readFile(out, "utf8")).split("\n")[1]).toMatch(/^1,T0,r0,g,created,/);
      expect((await collect(ledger.rows("b1", { outcomes: ["invalid"] }))).map(({ line }) => line)).toEqual([201]);

      const undo = await ledger.planUndo("b1", "u1");
      expect(undo.counts.to_send).toBe(200);
      expect(await ledger.planUndo("b1", "u1")).toEqual(undo);
    });

    test("the same id is one batch: the same input attaches, other input is refused", async () => {
      const location = place.next();
      const first = await (await plan(openLedger(location), "b1", rowsOf(20))).commit();
      const again = await (await plan(openLedger(location), "b1", rowsOf(20))).commit();
      expect([first.attached, again.attached, again.created_at]).toEqual([false, true, first.created_at]);
      const other = await plan(openLedger(location), "b1", rowsOf(21));
      await expect(other.commit()).rejects.toThrow(code("batch-exists"));
      await other.discard();
    });

    test("of several that commit one id at once exactly one wins, and the batch has its rows", async () => {
      const location = place.next();
      const plans = await Promise.all(
        ["a", "b", "c", "d"].map((related) => plan(openLedger(location), "b1", rowsOf(50, related))),
      );
      const ends = await Promise.allSettled(plans.map((planned) => planned.commit()));
      const winners = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
      expect(winners).toHaveLength(1);
      const reasons = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
      expect(reasons).toEqual(Array.from({ length: 3 }, () => code("batch-exists")));
      const ledger = openLedger(location);
      expect(await ledger.batch("b1")).toMatchObject({ input_digest: winners[0]?.input_digest });
      expect(await collect(ledger.rows("b1"))).toHaveLength(50);
      for (const planned of plans) await planned.discard();
    });

    test("a lease is what was last written, from whichever process", async () => {
      const location = place.next();
      const lease = { token: "a", order: [1, 0, 1], host: "h", pid: 1, taken_at: "now", released: false } as const;
      const [one, two] = [openLedger(location), openLedger(location)];
      await (await plan(one, "b1", rowsOf(1))).commit();
      expect(await one.readLease("x-f")).toBeUndefined();
      await one.writeLease("x-f", lease);
      await two.writeLease("x-f", { ...lease, token: "b" });
      expect(await one.readLease("x-f")).toMatchObject({ token: "b" });
      await one.writeLease("x-f", { ...lease, token: "c" });
      expect(await two.readLease("x-f")).toMatchObject({ token: "c" });
    });

    test("damaged and lost files are found and named", async () => {
      const location = place.next();
      const ledger = openLedger(location);
      const record = await (await plan(ledger, "b1", rowsOf(40))).commit();
      await complete(ledger, record);
      const [chunkId = "", second = ""] = chunkIds(record);
      await ledger.writeSnapshot("b1", chunkId, [{ ticket: "T0", turn: 1, present: [] }]);
      const inBatch = (...names: string[]) => join(place.filesOf(location), "batches", "b1", ...names);
      const report = () => collect(openLedger(location).rows("b1"));
      const fresh = () => openLedger(location);
      const cases: [string[], (file: string) => Promise<void>, () => Promise<unknown>][] = [
        [["chunks", `${chunkId}.jsonl`], alter, () => fresh().readChunk("b1", chunkId)],
        [["chunks", `${chunkId}.jsonl`], cut, () => fresh().readChunk("b1", chunkId)],
        [["chunks", `${chunkId}.jsonl`], lose, () => fresh().readChunk("b1", chunkId)],
        [["snapshots", `${chunkId}.jsonl`], alter, () => fresh().readSnapshot("b1", chunkId)],
        [["snapshots", `${chunkId}.jsonl`], cutAtLine, () => fresh().readSnapshot("b1", chunkId)],
        [["results", `${second}.jsonl`], alter, () => fresh().readResults("b1", second)],
        [["results", `${second}.jsonl`], cutAtLine, report],
        [["results", `${second}.jsonl`], alter, report],
        [["results", `${second}.jsonl`], lose, report],
        [["rows", "00000.jsonl"], alter, report],
        [["rows", "00000.jsonl"], lose, report],
        [["rows", "00000.jsonl"], lose, () => fresh().planUndo("b1", "u1")],
        [["rows", "00000.jsonl"], alter, () => fresh().planUndo("b1", "u1")],
        [["SHA256SUMS"], alter, report],
        [["SHA256SUMS"], lose, report],
        [["batch.json"], cut, () => fresh().batch("b1")],
      ];
      for (const [names, harm, use] of cases) {
        const found = await damaged(inBatch(...names), harm, use);
        expect(found, `${names.join("/")} ${harm.name}`).toEqual(code("corrupt"));
        expect(String(found)).toContain(`b1/${names.join("/")}`);
        expect(String(found)).toMatch(/restore|changed or damaged/i);
      }
    });

    test("removing a batch takes everything of it and nothing else", async () => {
      const location = place.next();
      const ledger = openLedger(location);
      await (await plan(ledger, "b1", rowsOf(10))).commit();
      await (await plan(ledger, "b10", rowsOf(10))).commit();
      const { createLocalStore } = await import("../src/store/local-store.ts");
      const { createS3Store } = await import("../src/store/s3-store.ts");
      const store = location.startsWith("s3:") ? createS3Store(location) : createLocalStore(location);
      expect(await store.removeTree("batches/b1", "batch.json")).toBe(true);
      expect(await store.removeTree("batches/b1", "batch.json")).toBe(false);
      expect((await openLedger(location).batches()).map(({ id }) => id)).toEqual(["b10"]);
    });

    test("a planner killed at any moment leaves whole batches or none, and the same plan completes it", async () => {
      await using temporary = await createTemporaryLedger();
      const location = place.next();
      const content = rowsOf(300).map((row) => `${JSON.stringify(row)}\n`);
      const input = await temporary.write("in.jsonl", content.join(""));
      const script = fileURLToPath(new URL("./planner-process.ts", import.meta.url));
      for (let round = 0; round < 6; round++) {
        const child = spawn(process.execPath, [script, location, input, `round-${round}`], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        const ended = once(child, "exit");
        await once(child.stdout, "data");
        // Kills at a moment of the commit: the point is that any moment will do.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
        child.kill("SIGKILL");
        await ended;
      }
      const ledger = openLedger(location);
      const folders = await readdir(join(place.filesOf(location), "batches")).catch(() => []);
      for (const id of folders) {
        const planned = await ledger.plan({ ...REQUEST, inputs: [{ path: input }], id, ticketsPerChunk: 1 });
        await planned.commit();
        expect(await collect(ledger.rows(id))).toHaveLength(300);
      }
      expect(new Set((await ledger.batches()).map(({ id }) => id))).toEqual(new Set(folders));
    }, 120_000);
  });
}
