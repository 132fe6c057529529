// `npx -y pnpm@12 reliability [SCHEDULES] [CHAOS RUNS]`: tries to break the promises of ARCHITECTURE.md and writes
// docs/reliability.md. If a promise is broken, prints the seed and ends with exit status 1.
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
const { runSchedules } = await import("./reliability/run-schedules.ts");
const { mixedScheduleOf } = await import("../packages/workflows/test/simulation/mixed-schedule.ts");
const { runSchedule } = await import("../packages/workflows/test/simulation/run-schedule.ts");
const { explore } = await import("../packages/workflows/test/simulation/explore.ts");
const { runChaos } = await import("../test/crash/chaos.ts");

console.log(`${schedules} simulated schedules ...`);
const startedAt = performance.now();
const { engine, loop, kinds, failingSeeds, cpuMs } = await runSchedules(schedules);
const simulatedSeconds = Math.round((performance.now() - startedAt) / 1000);
const failingSeed = failingSeeds.length > 0 ? Math.min(...failingSeeds) : undefined;
if (failingSeed !== undefined) console.error(await explore(failingSeed, 1, runSchedule, mixedScheduleOf));
console.log(`  runs that broke a promise: engine ${engine.broken}, naive loop ${loop.broken}`);

const runs = [];
for (let seed = 1; seed <= chaosRuns; seed++) {
  const run = await runChaos(seed);
  runs.push(run);
  console.log(
    `chaos seed ${seed}: ${run.seconds} s, killed: ${run.kills.join(", ") || "nothing"}; ${run.violations.length} violations`,
  );
  for (const violation of run.violations.slice(0, 5)) console.error(`  ${violation}`);
}
const brokenRuns = runs.filter(({ violations }) => violations.length > 0).length;

const percent = (part: number): string => `${((100 * part) / schedules).toFixed(1)} %`;
const text = `# Reliability: tests and results

Written by \`npx -y pnpm@12 reliability ${schedules} ${chaosRuns}\`, which tries to break the promises of ARCHITECTURE.md: a ticket
never gets more than three associations, every row has exactly one outcome, no row is lost, no association is created twice,
and reports are true.

## ${schedules.toLocaleString("en-US")} simulated schedules (${simulatedSeconds} s; ${Math.round(cpuMs / 1000)} s of processor time)

The simulation (\`packages/workflows/test/simulation\`) runs the engine's own chunk logic and the loops of lane and batch over a
modelled API, ledger, clock and Temporal. Each seed decides:

- the batches: one to three, on the same few tickets;
- how they run: whether their failed and cancelled rows are retried, the first one is an undo, two lanes share the tickets, and
  runs continue as new;
- the server: it may or may not enforce the limit, execute a call completely or not at all, reject existing associations, show
  writes late (also later than the batches assume), replace associations instead of adding, show associations on both
  tickets, or limit the requests of each operation;
- the kinds of faults, each with probability 1/2, so that some runs have few kinds and many faults of each;
- the faults: responses lost before and after the write, HTTP 500, failed operations, unknown codes, throttling, requests
  executed long after they were sent, a ledger that fails or is slow, processes that are killed or asked to stop, processes
  that stall and continue while their successors are working, clocks that jump, orders and reports that take long or arrive
  twice;
- what operators do: pause, resume, cancel, terminate and start again, reset a batch; cancel and terminate a lane, reset its
  turn; and someone else who changes a ticket.

A checker that knows every change to the server compares each run with the promises. The naive loop, for comparison, lists a
ticket, checks the limit, posts, tries three times and records the rows that it has done.

| | engine | naive loop |
| --- | --- | --- |
| runs that broke a promise | **${engine.broken}** (${percent(engine.broken)}) | ${loop.broken} (${percent(loop.broken)}) |
| violations found for single rows or tickets | ${engine.violations} | ${loop.violations} |

| drawn | runs |
| --- | --- |
${Object.entries(kinds)
  .sort(([, a], [, b]) => b - a)
  .map(([kind, runs]) => `| ${kind} | ${runs} |`)
  .join("\n")}

The seeds planned ${engine.kills.toLocaleString("en-US")} kills and ${engine.stalls.toLocaleString("en-US")} stalls. The engine made ${engine.requests.toLocaleString("en-US")} requests.

## ${chaosRuns} chaos runs with real processes

\`test/crash/chaos.ts\` uses a real Temporal, real processes and the simulator over HTTP. Two or three batches of 240 rows run
at the same time on the same 120 tickets. Depending on the seed, the server does not enforce the limit, loses responses, hangs,
throttles, is down for 5 s, shows writes up to 3 s late, lets tokens expire after seconds or fails to issue new ones. In every
other run each command has its own worker and the commands share a local Temporal; in the others a Temporal server has three
worker processes. Commands, workers and Temporal are killed with SIGKILL. Workers are also stopped until a successor is
working, and then continue. Afterwards the ledger, Temporal's database, the logs and all output are searched for the password
and the tokens. **${brokenRuns}** runs broke a promise.

| seed | Temporal | batches | killed | requests | seconds | violations |
| --- | --- | --- | --- | --- | --- | --- |
${runs.map((run) => `| ${run.seed} | ${run.place} | ${run.batches} | ${run.kills.join("; ") || "nothing in time"} | ${run.requests} | ${run.seconds} | ${run.violations.length} |`).join("\n")}

## Defects that the simulation found while it was built

A seed found each of these defects, each broke a promise, and each is fixed:

- A confirmed write was attributed to no batch, because reading it back was throttled.
- Associations that a rejected call had partly created were attributed to another process.
- An attempt slept while it acquired its lane, and continued as the holder.
- The write of another batch was not visible yet, also when turns without a write lay between the two writes.
- A turn forgot the writes of its first attempt.
- A list was changed during iteration.
- A new run of a lane confirmed a cancel while an attempt of the terminated run still worked.
- A new run of a lane did not know of the write before it, which did not show yet.
- A batch that ended with ambiguous tickets woke up every millisecond until its lanes confirmed.
- On a symmetric API a late order made a lane read the tickets that the shared lane was writing, again and again.
- On a symmetric API a batch never got to the shared lane if the lane that found out had nothing open.
- On a symmetric API another batch wrote to an ambiguous ticket through a related one.
- On a symmetric API a turn in another process did not know what the turn before had written to related tickets.
- On a slow API a ticket with a rejected row started again in every turn.

The simulation's tests show that it can fail: they detect engines that write without verifying their lease, write
before their snapshot is stored, take a new snapshot while a write is ambiguous, ignore that reads lag behind writes, forget snapshots with a
lane, never repeat an order, keep working for a batch that was terminated, have no canary, forget how long reads lag, or work a
symmetric API in all lanes.
`;
await writeFile(new URL("../docs/reliability.md", import.meta.url), text);
console.log("wrote docs/reliability.md");
process.exit(engine.broken + brokenRuns > 0 ? 1 : 0);
