// Writes results and snapshots of a batch again and again until it is killed. All lines of a file have one number.
import { flushCompileCache } from "node:module";
import { chunkIds, openLedger } from "../src/index.ts";

const [location = "", batchId = ""] = process.argv.slice(2);
const ledger = openLedger(location);
const record = await ledger.batch(batchId);
if (!record) throw new Error("there is no batch to write to");

// Node writes the cache when a process exits, and this one is killed.
flushCompileCache();

const rows = new Map<string, number[]>();
for (const chunkId of chunkIds(record)) {
  const tickets = await ledger.readChunk(batchId, chunkId);
  rows.set(
    chunkId,
    tickets.flatMap((ticket) => ticket.rows.map(({ row }) => row)),
  );
}

function rowsOf(chunkId: string): number[] {
  return rows.get(chunkId) ?? [];
}

for (let round = 1; ; round++) {
  for (const chunkId of chunkIds(record)) {
    const results = rowsOf(chunkId).map((row) => ({ row, attempts: round, error_message: "x".repeat(40_000) }));
    await ledger.writeResults(batchId, chunkId, results);
    const present = [String(round)];
    const entries = Array.from({ length: 50 }, (_, ticket) => ({ ticket: String(ticket), present }));
    await ledger.writeSnapshot(batchId, chunkId, entries);
  }
  // From here on all files exist, and each write replaces one.
  if (round === 1) process.stdout.write("written\n");
}
