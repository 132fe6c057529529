import { spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { chunkIds, openLedger, type Ledger, type RowResult } from "../src/index.ts";
import { inEachStore } from "./stores.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const code = (expected: string) => expect.objectContaining({ code: expected });
const result = (name: string): RowResult => ({ row: 1, attempts: 1, error_message: name });

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function planned(ledger: Ledger, tickets = 1): Promise<string[]> {
  const rows = Array.from({ length: tickets }, (_, at) => ({ case_id: `T${at}`, related_id: "r", group_id: "g" }));
  const plan = await ledger.plan({
    inputs: [{ rows }],
    id: "b1",
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1_000,
    ticketsPerChunk: 1,
  });
  return chunkIds(await plan.commit());
}

inEachStore((fixture) => {
  test.for([1, 2, 3])(
    "an attempt that read before a successor stored results %i times does not replace them",
    async (times) => {
      const stale = openLedger(fixture.next());
      const other = openLedger(stale.location);
      const [chunk = ""] = await planned(stale);
      await stale.writeResults("b1", chunk, [result("first")]);
      const { version } = await stale.newestResults("b1", chunk);
      const { version: snapshot } = await stale.newestSnapshot("b1", chunk);
      expect([version, snapshot]).toEqual([1, 0]);
      for (let at = 0; at < times; at++) {
        await other.writeResults("b1", chunk, [result(`newer ${at}`)]);
        await other.writeSnapshot("b1", chunk, [{ ticket: "T0", present: [`a${at}`] }]);
      }
      const ends = await Promise.allSettled([
        stale.writeResults("b1", chunk, [result("stale")], version),
        stale.writeSnapshot("b1", chunk, [{ ticket: "T0", present: [] }], snapshot),
      ]);
      // A version that has come and gone can be created again, below the newest: it is never read.
      const conflicts = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason as unknown);
      expect(conflicts).toEqual(times === 1 ? [code("conflict"), code("conflict")] : []);
      expect(await stale.readResults("b1", chunk)).toEqual([result(`newer ${times - 1}`)]);
      expect(await stale.readSnapshot("b1", chunk)).toMatchObject([{ present: [`a${times - 1}`] }]);
    },
  );

  test("a writer keeps one version of a file, and its number rises by one with each write", async () => {
    const location = fixture.next();
    const ledger = openLedger(location);
    const [chunk = ""] = await planned(ledger);
    let version = 0;
    for (let at = 1; at <= 4; at++) {
      version = await ledger.writeResults("b1", chunk, [result(`${at}`)], version);
      expect(version).toBe(at);
    }
    expect(await readdir(join(fixture.filesOf(location), "batches", "b1", "results", chunk))).toEqual([
      "0000000004.jsonl",
    ]);
  });

  test("reports made while workers store newer results have every row", async () => {
    const ledger = openLedger(fixture.next());
    const chunks = await planned(ledger, 12);
    for (const chunk of chunks) await ledger.writeResults("b1", chunk, await resultsFor(ledger, chunk, 0));
    const stop = new AbortController();
    const writer = (async () => {
      const other = openLedger(ledger.location);
      for (let round = 1; !stop.signal.aborted; round++) {
        for (const chunk of chunks) await other.writeResults("b1", chunk, await resultsFor(other, chunk, round));
      }
    })();
    for (let at = 0; at < 3; at++) {
      const rows = await collect(ledger.rows("b1", { outcomes: ["created"] }));
      expect(rows).toHaveLength(12);
    }
    stop.abort();
    await writer;
  });

  test("a file of a version of caselink that stored one for each chunk is an error, not a missing result", async () => {
    const location = fixture.next();
    const ledger = openLedger(location);
    const [chunk = ""] = await planned(ledger);
    await ledger.writeResults("b1", chunk, [result("first")]);
    const folder = join(fixture.filesOf(location), "batches", "b1", "results");
    await rename(join(folder, chunk, "0000000001.jsonl"), join(folder, `${chunk}.jsonl`));
    await rm(join(folder, chunk), { recursive: true });
    const uses = [
      () => ledger.newestResults("b1", chunk),
      () => collect(ledger.rows("b1")),
      () => ledger.finish("b1", { state: "completed", started_at: "a", finished_at: "b" }),
    ];
    for (const use of uses) await expect(use()).rejects.toThrow(/another version of caselink/);
  });
});

async function resultsFor(ledger: Ledger, chunk: string, round: number): Promise<RowResult[]> {
  const rows = (await ledger.readChunk("b1", chunk)).flatMap((ticket) => ticket.rows);
  return rows.map(({ row }) => ({ row, attempts: round, outcome: "created" }));
}

test("a process stopped between write and publication of results does not replace those that others stored meanwhile", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const record = await (await temporary.plan({ "in.csv": csvOf([["T", "r", "g"]]) }, { id: "b1" })).commit();
  const [chunk = ""] = chunkIds(record);
  await ledger.writeResults("b1", chunk, [result("first")]);
  // Writing this many rows takes a while.
  const script = fileURLToPath(new URL("./stalled-writer-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, ledger.location, "b1", chunk, "300000"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  const folder = join(ledger.location, "batches", "b1", "results", chunk);
  const begun = Promise.withResolvers<void>();
  const watcher = watch(folder, (_, name) => {
    if (name?.endsWith(".tmp")) begun.resolve();
  });
  child.stdin.write("write\n");
  await begun.promise;
  child.kill("SIGSTOP");
  watcher.close();
  const newer = openLedger(ledger.location);
  const { version } = await newer.newestResults("b1", chunk);
  await newer.writeResults("b1", chunk, [result("newer")], version);
  const output = once(child.stdout, "data");
  child.kill("SIGCONT");
  expect(String(await output)).toMatch(version === 1 ? /^conflict$/m : /^stored 2$/m);
  await ended;
  expect(await ledger.readResults("b1", chunk)).toEqual([result("newer")]);
});
