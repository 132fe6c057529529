// Previews a file (`preview`, the work of the command `plan`) or plans it and writes all files of a batch (`plan`, the work of
// `run` before it sends), then discards the result. `rejects`: a preview that also writes the invalid rows. Usage: node planner.ts
// preview|plan|rejects FILE LEDGER_FOLDER. Prints one line of JSON.
import { openLedger } from "@caselink/ledger";

const [what, path, folder] = process.argv.slice(2) as ["preview" | "plan" | "rejects", string, string];
const method = what === "rejects" ? "preview" : what;
const startedAt = performance.now();
const planned = await openLedger(folder)[method]({
  inputs: [{ path }],
  endpoint: "https://api.example.com",
  overLimit: "refuse",
  giveUpAfterMs: 1_000,
});
if (what === "rejects") await planned.writeRejects(`${path}.rejects.csv`);
const seconds = (performance.now() - startedAt) / 1_000;
const { rows, tickets } = planned.record.counts;
await planned.discard();
const { user, system } = process.cpuUsage();
const cpuSeconds = (user + system) / 1e6;
console.log(JSON.stringify({ seconds, cpuSeconds, rows, tickets, rssMb: process.resourceUsage().maxRSS / 1024 }));
