// Reads a chunk's results and, after a line on its input, writes as many rows as it is asked to as the next version.
import { once } from "node:events";
import { LedgerError, openLedger } from "../src/index.ts";

const [location = "", batchId = "", chunkId = "", rows = ""] = process.argv.slice(2);
const ledger = openLedger(location);
const { version } = await ledger.newestResults(batchId, chunkId);
process.stdout.write("read\n");
await once(process.stdin, "data");
process.stdin.destroy();
const results = Array.from({ length: Number(rows) }, (_, at) => ({
  row: at + 1,
  attempts: 1,
  error_message: "stalled",
}));
const end = await ledger.writeResults(batchId, chunkId, results, version).then(
  (stored) => `stored ${stored}`,
  (error: unknown) => (error instanceof LedgerError ? error.code : String(error)),
);
process.stdout.write(`${end}\n`);
