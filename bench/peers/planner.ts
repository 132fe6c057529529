// Plans a file with the ledger and throws the plan away. Usage: node planner.ts FILE LEDGER_FOLDER. Prints one line of JSON.
import { openLedger } from "@caselink/ledger";

const [path, folder] = [process.argv[2] as string, process.argv[3] as string];
const startedAt = performance.now();
const planned = await openLedger(folder).plan({
  inputs: [{ path }],
  endpoint: "https://api.example.com",
  overLimit: "refuse",
  giveUpAfterMs: 1_000,
});
const seconds = (performance.now() - startedAt) / 1_000;
const { rows, tickets } = planned.record.counts;
await planned.discard();
console.log(JSON.stringify({ seconds, rows, tickets, rssMb: process.resourceUsage().maxRSS / 1024 }));
