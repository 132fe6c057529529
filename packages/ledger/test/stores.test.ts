import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chunkIds, openLedger, type BatchRecord, type Ledger, type PlanRequest } from "../src/index.ts";
import { inEachStore } from "./stores.ts";
import { createTemporaryLedger } from "./temporary-ledger.ts";

const FIRST = "0000000001.jsonl";
const END = { state: "completed", started_at: "2026-11-24T20:00:00Z", finished_at: "2026-11-24T20:01:00Z" } as const;
const REQUEST = { endpoint: "https://api.example.com", overLimit: "refuse", giveUpAfterMs: 1000 } as const;

const code = (expected: string) => expect.objectContaining({ code: expected });

const rowsOf = (tickets: number, related = "r") =>
  Array.from({ length: tickets }, (_, at) => ({ case_id: `T${at}`, related_id: `${related}${at}`, group_id: "g" }));

const plan = (ledger: Ledger, id: string, rows: object[], more: Partial<PlanRequest> = {}) =>
  ledger.plan({ ...REQUEST, inputs: [{ rows }], id, ticketsPerChunk: 5, ...more });

/** Writes the outcome `created` for every row of a batch and ends the batch. */
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

/** Changes one character of a file. */
const alter = async (file: string) => {
  const text = await readFile(file, "utf8");
  await writeFile(
    file,
    text.replace(/T\d|"attempts":1|^[0-9a-f]/, (found) => found.replace(/.$/, found.endsWith("9") ? "8" : "9")),
  );
  expect(await readFile(file, "utf8")).not.toBe(text);
};
const truncateInLine = (file: string) => truncate(file, 60);
const truncateAfterLine = async (file: string) => {
  const [first = ""] = (await readFile(file, "utf8")).split("\n");
  await truncate(file, Buffer.byteLength(first) + 1);
};
const remove = (file: string) => rm(file);

/** Damages a file, calls `use`, restores the file, and returns the error that `use` threw. */
async function errorWithDamage(file: string, damage: (file: string) => Promise<void>, use: () => Promise<unknown>) {
  const original = await readFile(file);
  await damage(file);
  const error = await use().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await rm(file, { force: true });
  await writeFile(file, original);
  return error;
}

inEachStore((fixture) => {
  test("a ledger plans, settles, reports and undoes a batch that several processes read", async () => {
    await using temporary = await createTemporaryLedger();
    const location = fixture.next();
    const ledger = openLedger(location);
    await ledger.check();
    expect(await ledger.batches()).toEqual([]);
    const rows = [...rowsOf(200), { case_id: "", related_id: "x", group_id: "g" }];
    const planned = await plan(ledger, "b1", rows);
    expect(await ledger.batch("b1")).toBeUndefined();
    const record = await planned.commit();
    expect(await planned.writeRejects(temporary.path("rejects.jsonl"))).toBe(1);
    expect(await readFile(temporary.path("rejects.jsonl"), "utf8")).toContain('"related_id":"x"');

    // A second ledger object stands for another process or machine.
    const elsewhere = openLedger(location);
    expect((await elsewhere.batches()).map(({ id }) => id)).toEqual(["b1"]);
    const [chunkId = ""] = chunkIds(record);
    expect(await elsewhere.readSnapshot("b1", chunkId)).toEqual([]);
    await elsewhere.writeSnapshot("b1", chunkId, [{ ticket: "T0", present: ["ü\n"] }]);
    expect(await ledger.readSnapshot("b1", chunkId)).toEqual([{ ticket: "T0", present: ["ü\n"] }]);
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

  test("committing the id of an existing batch attaches with the same input and fails with other input", async () => {
    const location = fixture.next();
    const first = await (await plan(openLedger(location), "b1", rowsOf(20))).commit();
    const again = await (await plan(openLedger(location), "b1", rowsOf(20))).commit();
    expect([first.attached, again.attached, again.created_at]).toEqual([false, true, first.created_at]);
    const other = await plan(openLedger(location), "b1", rowsOf(21));
    await expect(other.commit()).rejects.toThrow(code("batch-exists"));
    await other.discard();
  });

  test("when several plans commit one id at the same time, exactly one succeeds and the batch has its rows", async () => {
    const location = fixture.next();
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

  test("of several processes that create a lease with one epoch, one succeeds, and all read that lease", async () => {
    const location = fixture.next();
    const lease = { host: "h", pid: 1, taken_at: "now", released: false, doubts: [] };
    await (await plan(openLedger(location), "b1", rowsOf(1))).commit();
    const ledgers = ["a", "b", "c"].map((token) => ({ token, ledger: openLedger(location) }));
    const [first] = ledgers;
    expect(await first?.ledger.newestLease("x-f")).toBeUndefined();
    for (const epoch of [1, 2, 3]) {
      const made = await Promise.all(
        ledgers.map(async ({ token, ledger }) =>
          (await ledger.createLease("x-f", { ...lease, epoch, token })) ? [token] : [],
        ),
      );
      const [winner = "", ...others] = made.flat();
      expect([winner, others]).toEqual([expect.stringMatching(/[abc]/), []]);
      for (const { token, ledger } of ledgers) {
        expect(await ledger.newestLease("x-f")).toMatchObject({ epoch, token: winner });
        expect(await ledger.holdsLease("x-f", { epoch, token })).toBe(token === winner);
        expect(await ledger.holdsLease("x-f", { epoch: epoch - 1, token })).toBe(false);
      }
      await first?.ledger.rewriteLease("x-f", { ...lease, epoch, token: winner, released: true });
      expect(await ledgers[1]?.ledger.newestLease("x-f")).toMatchObject({ epoch, released: true });
    }
    expect(await readdir(join(fixture.filesOf(location), "leases", "x-f"))).toEqual(["0000000003.json"]);
  });

  test("reading a damaged or missing file fails with an error that names the file", async () => {
    const location = fixture.next();
    const ledger = openLedger(location);
    const record = await (await plan(ledger, "b1", rowsOf(40))).commit();
    await complete(ledger, record);
    const [chunkId = "", second = ""] = chunkIds(record);
    await ledger.writeSnapshot("b1", chunkId, [{ ticket: "T0", present: [] }]);
    const inBatch = (...names: string[]) => join(fixture.filesOf(location), "batches", "b1", ...names);
    const report = () => collect(openLedger(location).rows("b1"));
    const fresh = () => openLedger(location);
    const cases: [string[], (file: string) => Promise<void>, () => Promise<unknown>][] = [
      [["chunks", `${chunkId}.jsonl`], alter, () => fresh().readChunk("b1", chunkId)],
      [["chunks", `${chunkId}.jsonl`], truncateInLine, () => fresh().readChunk("b1", chunkId)],
      [["chunks", `${chunkId}.jsonl`], remove, () => fresh().readChunk("b1", chunkId)],
      [["snapshots", chunkId, FIRST], alter, () => fresh().readSnapshot("b1", chunkId)],
      [["snapshots", chunkId, FIRST], truncateAfterLine, () => fresh().readSnapshot("b1", chunkId)],
      [["results", second, FIRST], alter, () => fresh().readResults("b1", second)],
      [["results", second, FIRST], truncateAfterLine, report],
      [["results", second, FIRST], alter, report],
      [["results", second, FIRST], remove, report],
      [["rows", "00000.jsonl"], alter, report],
      [["rows", "00000.jsonl"], remove, report],
      [["rows", "00000.jsonl"], remove, () => fresh().planUndo("b1", "u1")],
      [["rows", "00000.jsonl"], alter, () => fresh().planUndo("b1", "u1")],
      [["SHA256SUMS"], alter, report],
      [["SHA256SUMS"], remove, report],
      [["batch.json"], truncateInLine, () => fresh().batch("b1")],
    ];
    for (const [names, damage, use] of cases) {
      const error = await errorWithDamage(inBatch(...names), damage, use);
      expect(error, `${names.join("/")} ${damage.name}`).toEqual(code("corrupt"));
      // Of a missing file, the version is unknown.
      expect(String(error)).toContain(`b1/${names.slice(0, 2).join("/")}`);
      expect(String(error)).toMatch(/restore|changed or damaged/i);
    }
  });

  test("removing a batch removes all of its files and none of another batch with a similar id", async () => {
    const location = fixture.next();
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

  test("a process killed while it plans leaves a complete batch or none, and planning again completes it", async () => {
    await using temporary = await createTemporaryLedger();
    const location = fixture.next();
    const content = rowsOf(100).map((row) => `${JSON.stringify(row)}\n`);
    const input = await temporary.write("in.jsonl", content.join(""));
    const script = fileURLToPath(new URL("./planner-process.ts", import.meta.url));
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [script, location, input, `round-${round}`], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      // The delay is random on purpose: the kill may hit any step of the commit.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      child.kill("SIGKILL");
      await ended;
    }
    const ledger = openLedger(location);
    const folders = await readdir(join(fixture.filesOf(location), "batches")).catch(() => []);
    for (const id of folders) {
      const planned = await ledger.plan({ ...REQUEST, inputs: [{ path: input }], id, ticketsPerChunk: 1 });
      await planned.commit();
      expect(await collect(ledger.rows(id))).toHaveLength(100);
    }
    expect(new Set((await ledger.batches()).map(({ id }) => id))).toEqual(new Set(folders));
  });
});
