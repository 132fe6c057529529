// `npx -y pnpm@12 reliability [SCHEDULES] [CHAOS RUNS] [CHAOS RUNS ON A CLUSTER] [--at-once N]`: tries to break the promises of
// ARCHITECTURE.md and writes docs/reliability.md. N chaos runs run at the same time, and half as many on clusters; default 3. With
// 0 of a kind, what is written about the last ones stays as it is. If a promise is broken, prints the seed and ends with status 1.
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureBuilt } from "./ensure-built.ts";
import { readSection, readSectionLike } from "./reliability-section.ts";

const CLUSTER_HEADING = /^## On a cluster: \d+ chaos runs/;
const CHAOS_HEADING = /^## \d+ chaos runs /;
const CONDITION = "--conditions=@caselink/source";
if (!process.execArgv.includes(CONDITION)) {
  const self = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [CONDITION, self, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exit(status ?? 1);
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { "at-once": { type: "string" } } });
const schedules = Number(positionals[0] ?? 10_000);
const chaosRuns = Number(positionals[1] ?? 20);
const clusterRuns = Number(positionals[2] ?? 6);
const runsAtOnce = Number(values["at-once"] ?? 3);
await ensureBuilt();
const { runSchedules } = await import("./reliability/run-schedules.ts");
const { mixedScheduleOf } = await import("../packages/workflows/test/simulation/mixed-schedule.ts");
const { runSchedule } = await import("../packages/workflows/test/simulation/run-schedule.ts");
const { explore } = await import("../packages/workflows/test/simulation/explore.ts");
const { chaosChapter, clusterChapter, runChaosRuns } = await import("./reliability/run-chaos.ts");

/** The chapters about chaos runs, new or as they were, and how many of the new runs broke a promise. */
async function runAllChaos(): Promise<{ chaos: string; cluster: string; brokenRuns: number }> {
  const runs = await runChaosRuns(chaosRuns, runsAtOnce);
  const onCluster = await runChaosRuns(clusterRuns, Math.ceil(runsAtOnce / 2), "cluster");
  return {
    chaos: chaosRuns > 0 ? chaosChapter(runs) : readSectionLike(before, CHAOS_HEADING),
    cluster: clusterRuns > 0 ? clusterChapter(onCluster) : readSectionLike(before, CLUSTER_HEADING),
    brokenRuns: [...runs, ...onCluster].filter(({ violations }) => violations.length > 0).length,
  };
}

function writtenBy(simulated: string, chaos: string, cluster: string): string {
  const counts = [simulated, /^## (\d+)/.exec(chaos)?.[1] ?? "0", /: (\d+)/.exec(cluster)?.[1] ?? "0"];
  return `Written by \`npx -y pnpm@12 reliability ${counts.join(" ")}\``;
}

const document = new URL("../docs/reliability.md", import.meta.url);
const before = await readFile(document, "utf8");
if (schedules === 0) {
  const { chaos, cluster, brokenRuns } = await runAllChaos();
  const command = writtenBy(/^## ([\d,]+) simulated/m.exec(before)?.[1]?.replaceAll(",", "") ?? "0", chaos, cluster);
  const sections = before.replace(/^Written by `[^`]+`/m, command).split(/^(?=## )/m);
  const others = sections.filter((each) => !CHAOS_HEADING.test(each) && !CLUSTER_HEADING.test(each));
  await writeFile(
    document,
    // After the introduction and the schedules.
    others.toSpliced(2, 0, `${chaos.trimEnd()}\n\n`, cluster && `${cluster.trimEnd()}\n\n`).join(""),
  );
  console.log("wrote docs/reliability.md");
  process.exit(brokenRuns > 0 ? 1 : 0);
}

console.log(`${schedules} simulated schedules ...`);
const startedAt = performance.now();
const { engine, loop, kinds, failingSeeds, cpuMs } = await runSchedules(schedules);
const simulatedSeconds = Math.round((performance.now() - startedAt) / 1000);
const failingSeed = failingSeeds.length > 0 ? Math.min(...failingSeeds) : undefined;
if (failingSeed !== undefined) console.error(await explore(failingSeed, 1, runSchedule, mixedScheduleOf));
console.log(`  runs that broke a promise: engine ${engine.broken}, naive loop ${loop.broken}`);

const { chaos, cluster, brokenRuns } = await runAllChaos();

const percent = (part: number): string => `${((100 * part) / schedules).toFixed(1)} %`;
const text = `# Reliability: tests and results

${writtenBy(String(schedules), chaos, cluster)}, which tries to break the promises of ARCHITECTURE.md: a ticket
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

${chaos.trimEnd()}

${cluster && `${cluster.trimEnd()}\n`}
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
- An order that was under way for half a minute made a lane write after its batch's end.
- On a symmetric API a ticket whose write got no response left its related ticket to another ticket of the turn.
- On a symmetric API a process whose clock was behind shortened the wait of the next process.
- A pause during the read-back of the first write hid that the server had replaced associations.
- The last attempt of a turn sent nothing, and the next batch did not wait for the writes of the attempt before it.

The simulation's tests show that it can fail: they detect engines that write without verifying their lease, write
before their snapshot is stored, take a new snapshot while a write is ambiguous, ignore that reads lag behind writes, forget snapshots with a
lane, never repeat an order, keep working for a batch that was terminated, have no canary, forget how long reads lag, or work a
symmetric API in all lanes.

## Known

None of the last 100 chaos runs broke off; two cores were shared with other work, at a load of 8 to 25. Before, on a machine as
busy, about one in fifty did, without a row that was lost or untrue:

- **A batch stood still** (seeds 5 and 15, later 39, and seed 4 on a cluster): Temporal gave its workflow tasks to workers that did
  not respond to them, while they responded to those of the lanes.
- **Temporal's worker failed** and \`run\` ended with exit status 1 and how to continue (seeds 5 and 87).

The cause of the first kind is known, and a test repeats it: a history that could not be replayed, met by a worker after another
one was lost with the task. Workers now let such a batch go on in a new run
([decision](decisions/2026-11-30-halted-workflows-go-on-in-new-runs.md)). For the second kind, Temporal's SDK interrupted workflow
code after 5 s by the clock, also if the whole process had stood still; workers now give it 10 minutes. It was not seen since, which
does not prove that this was the cause.

On a cluster one run of seed 3 was given up by the checker: \`attach\` had ended with exit status 2, because the S3 server was away
when it started, and the checker did not type it again. The other batch waited for a ticket that this one had left ambiguous, until
it was continued; no promise was broken. The checker now continues such a batch, and the table has the run after that.

## What is not covered

- **The real API.** No run of ours has used it. The model, the simulator and their faults are written from its documents and
  from what is known of its gateway. What the documents leave open (symmetry, replacing, read lag) is drawn both ways.
- **A symmetric API that no one has recognised yet.** When the first write shows the symmetry, a batch moves to one lane. That
  lane does not see which tickets other lanes left ambiguous before the move: a related ticket may get a fourth association. The
  checker does not count it. \`doctor --probe\` before the first batch excludes it.
- **Drawn one without the other:** limits for each operation and reads that lag more than assumed; replacing servers and such
  reads. The canary counts reads instead of time, and a limit makes few reads of much time.
- **Clocks** jump once in a simulated attempt, and every few seconds in the chaos runs; both machines of a lease never jump at
  the same time.
- **Chaos runs** reset no batch workflow, and use no symmetric or replacing server: the tests do (\`packages/workflows/test\`), with
  one fault at a time.
- **Temporal** is one server process on the same machine, with SQLite, or with PostgreSQL in the runs on a cluster; no server of
  several hosts, and no Temporal Cloud. PostgreSQL is killed, and never loses what it had confirmed. A ledger whose disk loses
  what was synced is found (checksums), and not repaired.
- **Linux** only; nothing here ran on Windows or macOS.
`;
// `scripts/mutation.ts` writes that section.
const mutation = readSection(before, "Mutation testing");
await writeFile(document, mutation ? `${text}\n${mutation}` : text);
console.log("wrote docs/reliability.md");
process.exit(engine.broken + brokenRuns > 0 ? 1 : 0);
