// Plans and commits batches of one file, one after the other, until it is killed.
import { flushCompileCache } from "node:module";
import { openLedger } from "../src/index.ts";

const [location = "", path = "", prefix = ""] = process.argv.slice(2);
const ledger = openLedger(location);

// Node writes the cache when a process exits, and this one is killed.
flushCompileCache();

for (let count = 0; ; count++) {
  const planned = await ledger.plan({
    inputs: [{ path }],
    id: `${prefix}-${count}`,
    endpoint: "https://api.example.com",
    overLimit: "refuse",
    giveUpAfterMs: 1000,
    ticketsPerChunk: 1,
  });
  process.stdout.write("planned\n");
  await planned.commit();
}
