// Previews a file (`preview`, the work of the command `plan`) or plans it and writes all files of a batch (`plan`, the work of
// `run` before it sends), then discards the result. Usage: node planner.ts preview|plan FILE LEDGER_FOLDER. Prints one line of
// JSON.
import { openLedger } from "@caselink/ledger";

const [method, path, folder] = process.argv.slice(2) as ["preview" | "plan", string, string];
const startedAt = performance.now();
const planned = await openLedger(folder)[method]({
  inputs: [{ path }],
  endpoint: "https://api.example.com",
  overLimit: "refuse",
  giveUpAfterMs: 1_000,
});
const seconds = (performance.now() - startedAt) / 1_000;
const { rows, tickets } = planned.record.counts;
await planned.discard();
console.log(JSON.stringify({ seconds, rows, tickets, rssMb: process.resourceUsage().maxRSS / 1024 }));
