import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHAOS_KINDS, CLUSTER_KINDS, type ChaosKind } from "../../test/crash/draw-chaos.ts";
import type { ChaosRun } from "../../test/crash/chaos.ts";

/** `cluster`: with PostgreSQL and object storage. */
type Where = "here" | "cluster";

const ONE_RUN = fileURLToPath(new URL("chaos-run.ts", import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL("../../node_modules/.cache/caselink/node", import.meta.url));

/**
 * Runs the seeds from 1, each in a process of its own, some at the same time: they mostly wait. Prints each run when it has
 * ended, and returns all in the order of their seeds.
 */
export async function runChaosRuns(count: number, runsAtOnce: number, where: Where = "here"): Promise<ChaosRun[]> {
  const runs: ChaosRun[] = [];
  let next = 1;
  const runRest = async (): Promise<void> => {
    while (next <= count) {
      const run = await runInProcess(next++, where);
      runs.push(run);
      print(run);
    }
  };
  await Promise.all(Array.from({ length: runsAtOnce }, runRest));
  return runs.sort((one, other) => one.seed - other.seed);
}

/** A run whose process ended without a result counts as one with a violation. */
function runInProcess(seed: number, where: Where): Promise<ChaosRun> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--conditions=@caselink/source", ONE_RUN, String(seed), filesOf(seed, where), where],
      {
        stdio: ["ignore", "pipe", "inherit"],
        // Otherwise each run begins with an empty cache, and its first commands compile Temporal's modules again.
        env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env },
      },
    );
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.once("close", (status, signal) => {
      const last = stdout.trimEnd().split("\n").at(-1) ?? "";
      resolve(last.startsWith("{") ? (JSON.parse(last) as ChaosRun) : failedRun(seed, where, status ?? signal));
    });
  });
}

/** The folder that gets the files of a run with violations, and all that its commands printed. */
const filesOf = (seed: number, where: Where): string =>
  join(tmpdir(), `caselink-chaos-${where === "cluster" ? "cluster-" : ""}${seed}`);

const failedRun = (seed: number, where: Where, end: number | string | null): ChaosRun => ({
  seed,
  place: where === "cluster" ? "cluster" : seed % 2 === 0 ? "server" : "local",
  kinds: [],
  batches: 0,
  strikes: [],
  requests: 0,
  seconds: 0,
  violations: [`the process of the run ended with ${String(end)}`],
});

function print({ seed, place, kinds, strikes, seconds, violations }: ChaosRun): void {
  const facts = `${place}, ${seconds} s, kinds: ${kinds.join(", ") || "none"}`;
  console.log(
    `chaos seed ${seed}: ${facts}; ${strikes.join(", ") || "nothing in time"}; ${violations.length} violations`,
  );
  for (const violation of violations.slice(0, 5)) console.error(`  ${violation}`);
  if (violations.length > 0) console.error(`  files: ${filesOf(seed, place === "cluster" ? "cluster" : "here")}`);
}

/** The chapter of docs/reliability.md about these runs. */
export function chaosChapter(runs: readonly ChaosRun[]): string {
  const broken = runs.filter(({ violations }) => violations.length > 0).length;
  const renames = runs.flatMap(({ strikes }) =>
    strikes.filter((strike) => strike.startsWith("stop before the rename")),
  ).length;
  return `## ${runs.length} chaos runs with real processes

\`test/crash/chaos.ts\` uses a real Temporal, real processes and the simulator over HTTP. Two or three batches of 240 rows run
at the same time on the same 120 tickets. Depending on the seed, the server does not enforce the limit, loses responses, hangs,
throttles, is down for 5 s, shows writes up to 3 s late, lets tokens expire after seconds or fails to issue new ones. In every
other run each command has its own worker and the commands share a local Temporal; in the others a Temporal server has three
or four worker processes. Each run draws each of these kinds with probability 1/2:

| kind | what happens | runs |
| --- | --- | --- |
${linesOf(CHAOS_KINDS, runs)}

A checker knows every change to the server. It compares all reports and summaries with these changes: each association was
created once, by the batch that says so; an undo removed exactly what its batch created; no ticket ever had more than three;
every row has exactly one outcome that was true; a batch is cancelled only if someone cancelled it. At the end \`verify\` finds
no difference, and the ledger, Temporal's database, the logs and all output contain neither the password nor a token.
**${broken}** runs broke a promise. Processes were stopped ${renames} times between the creation and the rename of a file.

| seed | Temporal | kinds | batches | what was done | requests | seconds | violations |
| --- | --- | --- | --- | --- | --- | --- | --- |
${runs.map(rowOf).join("\n")}
`;
}

/** The chapter about the runs on a cluster. */
export function clusterChapter(runs: readonly ChaosRun[]): string {
  const broken = runs.filter(({ violations }) => violations.length > 0).length;
  const kinds = [...CLUSTER_KINDS, ...CHAOS_KINDS.filter((kind) => runs.some((run) => run.kinds.includes(kind)))];
  return `## On a cluster: ${runs.length} chaos runs

The same batches and the same checker, on Temporal's server with PostgreSQL, and with the ledger in a real S3 server. Three or
four worker processes have state folders and host names of their own, and each has its own line to Temporal. Each run draws
the first five kinds with probability 0.6, and the others with 1/2:

| kind | what happens | runs |
| --- | --- | --- |
${linesOf(kinds, runs)}

**${broken}** runs broke a promise.

| seed | Temporal | kinds | batches | what was done | requests | seconds | violations |
| --- | --- | --- | --- | --- | --- | --- | --- |
${runs.map(rowOf).join("\n")}
`;
}

const linesOf = (kinds: readonly ChaosKind[], runs: readonly ChaosRun[]): string =>
  kinds
    .map((kind) => `| ${kind} | ${MEANING[kind]} | ${runs.filter((run) => run.kinds.includes(kind)).length} |`)
    .join("\n");

const rowOf = (run: ChaosRun): string =>
  `| ${run.seed} | ${run.place} | ${run.kinds.join(", ") || "none"} | ${run.batches} | ${run.strikes.join("; ") || "nothing in time"} | ${run.requests} | ${run.seconds} | ${run.violations.length} |`;

const MEANING: Readonly<Record<ChaosKind, string>> = {
  "two workers": "two workers are killed at the same time",
  PostgreSQL: "PostgreSQL is killed, and starts again after 5 s",
  "object storage": "the S3 server is killed and starts again after 5 s; for 15 s each response takes 2 s longer",
  partition: "a worker is cut off from Temporal for 30 s, and not from the API and the ledger",
  "ten minutes": "the clocks of two workers are 10 minutes apart",
  kills: "commands, workers and Temporal are killed with SIGKILL",
  stops: "workers are stopped until a successor is working, and then continue",
  renames: "the same, between the creation of a temporary file of the ledger and its rename",
  undo: "batches that have ended are undone, while others run and under the same faults",
  retry: "batches that have ended are retried; at least one was cancelled before",
  batches: "an operator cancels and terminates batches in Temporal; a terminated one is started again",
  lanes: "an operator cancels and terminates lanes and resets their turns in Temporal",
  accounts: "the batches belong to two accounts, and each has tickets that the other does not see",
  clock: "the clock of a worker is minutes ahead or behind, or jumps every few seconds",
  pauses: "an operator pauses batches for 8 s and resumes them, while the other kinds happen",
};
