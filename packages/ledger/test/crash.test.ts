import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chunkIds } from "../src/index.ts";
import { temporaryPathFor } from "../src/store/atomic-file.ts";
import { createTemporaryLedger, csvOf } from "./temporary-ledger.ts";

const ROWS = Array.from({ length: 300 }, (_, index) => [`SR${index % 100}`, `TT${index}`, "g"]);

/** Starts a process, waits until it has written something, and kills it after a delay, during its next writes. */
async function killWhileWriting(script: string, args: string[], afterMs: number): Promise<void> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), ended]);
  // The delay is random on purpose: the kill may hit any step of a write.
  await pause(afterMs);
  child.kill("SIGKILL");
  await ended;
  expect(child.signalCode).toBe("SIGKILL");
}

test("a process killed while it writes leaves every file complete, with the old or the new content", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const record = await (await temporary.plan({ "in.csv": csvOf(ROWS) }, { id: "b1", ticketsPerChunk: 5 })).commit();
  for (let round = 0; round < 10; round++) {
    await killWhileWriting("./writer-process.ts", [ledger.location, "b1"], Math.random() * 50);
    for (const chunkId of chunkIds(record)) {
      const sent = (await ledger.readChunk("b1", chunkId)).flatMap(({ rows }) => rows.map(({ row }) => row));
      const results = await ledger.readResults("b1", chunkId);
      const entries = await ledger.readSnapshot("b1", chunkId);
      expect(results.map(({ row }) => row)).toEqual(sent);
      expect(new Set(results.map(({ attempts }) => attempts)).size).toBe(1);
      expect(entries).toHaveLength(50);
      expect(new Set(entries.map(({ present }) => present[0])).size).toBe(1);
    }
  }
  // A report reads the whole folder and must ignore a half-written file that a killed process left there.
  const folder = join(ledger.location, "batches", "b1", "results");
  const [chunk = ""] = chunkIds(record);
  await writeFile(temporaryPathFor(join(folder, chunk, "9999999999.jsonl")), '{"row":');
  const { rows } = await ledger.report("b1", { format: "csv", out: temporary.path("out.csv") });
  expect(rows).toBe(300);
});

test("a process killed while it plans leaves a complete batch or none, in a ledger that still works", async () => {
  await using temporary = await createTemporaryLedger();
  const { ledger } = temporary;
  const path = await temporary.write("in.csv", csvOf(ROWS));
  for (let round = 0; round < 12; round++) {
    await killWhileWriting("./planner-process.ts", [ledger.location, path, `round-${round}`], Math.random() * 20);
  }
  await (await temporary.plan({ "in.csv": csvOf(ROWS) }, { id: "undisturbed" })).commit();
  const batches = await ledger.batches();
  const folders = await readdir(join(ledger.location, "batches"));
  expect(batches.map(({ id }) => id).sort()).toEqual(folders.sort());
  for (const record of batches) {
    let rowCount = 0;
    for (const chunkId of chunkIds(record)) {
      for (const ticket of await ledger.readChunk(record.id, chunkId)) rowCount += ticket.rows.length;
    }
    expect(rowCount).toBe(300);
  }
  expect((await ledger.report("undisturbed", { format: "csv", out: temporary.path("out.csv") })).rows).toBe(300);
});
