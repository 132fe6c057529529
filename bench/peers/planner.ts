// Looks at a file (`preview`, what the command `plan` does) or plans it with all that a batch needs written (`plan`, what
// `run` does before it sends), and throws that away. Usage: node planner.ts preview|plan FILE LEDGER_FOLDER. Prints one line
// of JSON.
import { openLedger } from "@caselink/ledger";

const [what, path, folder] = process.argv.slice(2) as ["preview" | "plan", string, string];
const startedAt = performance.now();
const planned = await openLedger(folder)[what]({
  inputs: [{ path }],
  endpoint: "https://api.example.com",
  overLimit: "refuse",
  giveUpAfterMs: 1_000,
});
const seconds = (performance.now() - startedAt) / 1_000;
const { rows, tickets } = planned.record.counts;
await planned.discard();
console.log(JSON.stringify({ seconds, rows, tickets, rssMb: process.resourceUsage().maxRSS / 1024 }));
