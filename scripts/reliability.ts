// `npx -y pnpm@12 reliability [SCHEDULES] [CHAOS RUNS]`: tries to break the promises, and writes docs/reliability.md.
// Ends with exit status 1 where one is broken, and tells the seed.
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "./ensure-built.ts";

const CONDITION = "--conditions=@caselink/source";
if (!process.execArgv.includes(CONDITION)) {
  const self = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [CONDITION, self, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(status ?? 1);
}

const schedules = Number(process.argv[2] ?? 10_000);
const chaosRuns = Number(process.argv[3] ?? 20);
await ensureBuilt();
const { judgeHistory } = await import("../packages/workflows/test/simulation/judge-history.ts");
const { runSchedule } = await import("../packages/workflows/test/simulation/run-schedule.ts");
const { runNaiveLoop } = await import("../packages/workflows/test/simulation/naive-loop.ts");
const { scheduleOf } = await import("../packages/workflows/test/simulation/schedule.ts");
const { explore } = await import("../packages/workflows/test/simulation/explore.ts");
const { runChaos } = await import("../test/crash/chaos.ts");

console.log(`${schedules} simulated schedules ...`);
const startedAt = performance.now();
const engine = { runs: 0, broken: 0, faults: 0, kills: 0, stalls: 0, requests: 0 };
const loop = { broken: 0, faults: 0 };
let failingSeed: number | undefined;
for (let seed = 1; seed <= schedules; seed++) {
  const schedule = scheduleOf(seed);
  const history = await runSchedule(schedule);
  engine.runs++;
  engine.requests += history.server.requestCount;
  for (const { kind } of schedule.faults) {
    if (kind === "kill") engine.kills++;
    else if (kind === "stall") engine.stalls++;
  }
  const faults = judgeHistory(history).length;
  engine.faults += faults;
  if (faults > 0) {
    engine.broken++;
    failingSeed ??= seed;
  }
  const naive = judgeHistory(await runNaiveLoop(schedule)).length;
  loop.faults += naive;
  if (naive > 0) loop.broken++;
}
const simulatedSeconds = Math.round((performance.now() - startedAt) / 1000);
if (failingSeed !== undefined) console.error(await explore(failingSeed, 1));
console.log(`  the engine broke a promise in ${engine.broken} runs, a retrying loop in ${loop.broken}`);

const runs = [];
for (let seed = 1; seed <= chaosRuns; seed++) {
  const run = await runChaos(seed);
  runs.push(run);
  console.log(
    `chaos seed ${seed}: ${run.seconds} s, killed: ${run.kills.join(", ") || "nothing"}; ${run.faults.length} faults`,
  );
  for (const fault of run.faults.slice(0, 5)) console.error(`  ${fault}`);
}
const brokenRuns = runs.filter(({ faults }) => faults.length > 0).length;

const percent = (part: number): string => `${((100 * part) / schedules).toFixed(1)} %`;
const text = `# Reliability: what was tried, and what was found

Written by \`npx -y pnpm@12 reliability ${schedules} ${chaosRuns}\`. The promises are those of ARCHITECTURE.md: three means
three, every row one outcome, nothing lost or made twice, and what is reported is true.

## ${schedules.toLocaleString("en-US")} simulated schedules (${simulatedSeconds} s)

The engine's own chunk logic, lane turns, lane queue and batch state over a modelled API, ledger and clock
(\`packages/workflows/test/simulation\`). Each seed makes one to three batches on the same few tickets; a server that may or
may not enforce the limit, be all-or-nothing, refuse what is there already, or show writes late; and faults: answers lost
before and after the write, HTTP 500, failed operations, unknown codes, throttling, requests executed long after, a ledger that
fails, processes killed or told to stop, and processes that stand still and wake up beside their successors. A judge who knows all that was done to the
server holds each run against the promises.

| | engine | a loop that lists, sees whether there is room, posts, tries three times and notes what is done |
| --- | --- | --- |
| runs that broke a promise | **${engine.broken}** (${percent(engine.broken)}) | ${loop.broken} (${percent(loop.broken)}) |
| single rows or tickets that went wrong | ${engine.faults} | ${loop.faults} |

Planned in these runs: ${engine.kills.toLocaleString("en-US")} kills, ${engine.stalls.toLocaleString("en-US")} stalls; the engine made ${engine.requests.toLocaleString("en-US")} requests.

## ${chaosRuns} runs of chaos with everything real

Real Temporal, real processes, the simulator over HTTP (\`test/crash/chaos.ts\`): two or three batches of 240 rows at once on
the same 120 tickets, on a server that does not enforce the limit, loses answers, hangs, throttles, goes down for 5 s, shows writes
up to 3 s late, lets tokens expire after seconds and fails at giving out others, as the seed decides. In every other run the commands carry their workers and share a local Temporal; in the others a Temporal server has three worker
processes. Commands, workers and Temporal are killed with SIGKILL, and workers are stopped until a successor is at work, and
then wake up. Afterwards the password and the tokens are searched in the ledger, in Temporal's database, in the logs and in
all output. **${brokenRuns}** runs broke a promise.

| seed | where | batches | killed | requests | seconds | faults |
| --- | --- | --- | --- | --- | --- | --- |
${runs.map((run) => `| ${run.seed} | ${run.place} | ${run.batches} | ${run.kills.join("; ") || "nothing in time"} | ${run.requests} | ${run.seconds} | ${run.faults.length} |`).join("\n")}

## What the simulation found while it was built

Each of these broke a promise, was found by a seed, and is mended: a write that was confirmed and then claimed by nobody,
because reading it back was throttled; a part of a refused call taken for somebody else's; an attempt that slept while it
took its lane and woke up as its owner; another batch's write that did not show yet, also where turns without a write lay
between; a turn that forgot what its first attempt had written; a list that was changed while it was walked.

The simulation can fail: engines that write without looking at their lease, take a new snapshot in doubt, or know no read
lag are found out by its tests.
`;
await writeFile(new URL("../docs/reliability.md", import.meta.url), text);
console.log("docs/reliability.md is written");
process.exit(engine.broken + brokenRuns > 0 ? 1 : 0);
