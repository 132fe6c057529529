// Measures how a batch scales with workers on a cluster: Temporal with PostgreSQL, the ledger in an S3 server, an API that takes
// 250 ms, and a fixed number of requests in flight for each worker. Prints tickets a second, and the processor time of each part
// for a ticket. All runs on this machine, so that it ends where the processor is full: `cpu_share` says how full it was.
// Usage: scale [TICKETS] [TICKETS-OF-A-LARGE-BATCH]; 0 leaves a part out
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createWriteStream } from "node:fs";
import { installClusterPrograms } from "../test/cluster/cluster-programs.ts";
import { startTemporalCluster } from "../test/cluster/start-temporal-cluster.ts";
import { BUCKET, startObjectStorage } from "../test/object-storage/start-object-storage.ts";
import { cpuSeconds, peakRssMb, runNode, startNode, stop } from "./run-process.ts";
import { writeResult } from "./write-result.ts";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const LATENCY_MS = 250;
const IN_FLIGHT = 32;
const WORKERS = [1, 2, 4];
const STEADY = { from: 0.1, to: 0.8 };
/** For the large batch: what the machine can do, and not what a worker may. */
const LARGE_IN_FLIGHT = 512;
let stages = 0;
const tickets = Number(process.argv[2] ?? 6_000);
const largeTickets = Number(process.argv[3] ?? 0);

interface Run {
  workers: number;
  tickets: number;
  seconds: number;
  /** Tickets a second over the whole run: with its start, and its end, when some lanes have no more work. */
  rate: number;
  /** Tickets a second from the first tenth of the associations to eight tenths. */
  steadyRate: number;
  /** Processor milliseconds for a ticket. */
  cpuMs: { workers: number; temporal: number; postgres: number; storage: number };
  /** The part of the machine's processor time that these four used. */
  cpuShare: number;
  peakWorkerMb: number;
  /** Tickets that were listed a second time, because a turn ended between their read and their write. */
  readAgain: number;
}

const programs = await installClusterPrograms();
if ("missing" in programs) throw new Error(programs.missing);
const folder = await mkdtemp(join(tmpdir(), "caselink-bench-"));
try {
  await using storage = await startObjectStorage();
  await using temporal = await startTemporalCluster(programs);
  const parts = { storage, temporal };
  const runs: Run[] = [];
  if (tickets > 0)
    for (const workers of WORKERS) runs.push(await measure(parts, { workers, tickets, inFlight: IN_FLIGHT }));
  const afterKill = tickets > 0 ? await readAgainAfterKill(parts) : 0;
  if (largeTickets > 0)
    runs.push(await measure(parts, { workers: 2, tickets: largeTickets, inFlight: LARGE_IN_FLIGHT, latencyMs: 20 }));
  console.table(
    runs.map(({ workers, tickets: count, rate, steadyRate, cpuMs, cpuShare, peakWorkerMb, readAgain }) => ({
      workers,
      tickets: count,
      "tickets/s": Math.round(rate),
      steady: Math.round(steadyRate),
      "worker CPU ms/ticket": round(cpuMs.workers),
      Temporal: round(cpuMs.temporal),
      PostgreSQL: round(cpuMs.postgres),
      S3: round(cpuMs.storage),
      "CPU share": round(cpuShare),
      "peak MB": Math.round(peakWorkerMb),
      "read again": readAgain,
    })),
  );
  const [one, two, four] = runs;
  if (one && two && four) {
    const ratios = {
      two_workers: two.steadyRate / (2 * one.steadyRate),
      four_workers: four.steadyRate / (4 * one.steadyRate),
      two_workers_whole_run: two.rate / (2 * one.rate),
      four_workers_whole_run: four.rate / (4 * one.rate),
      cpu_share_of_four: four.cpuShare,
    };
    console.log(`tickets read again after one of two workers was killed: ${afterKill}`);
    await writeResult("scale", ratios, { runs, readAgainAfterKill: afterKill });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Case {
  workers: number;
  tickets: number;
  inFlight: number;
  latencyMs?: number;
}

type Parts = {
  storage: Awaited<ReturnType<typeof startObjectStorage>>;
  temporal: Awaited<ReturnType<typeof startTemporalCluster>>;
};

/** A simulator, workers and the environment of commands. */
async function openStage(
  { storage, temporal }: Parts,
  { workers, tickets: count, inFlight, latencyMs = LATENCY_MS }: Case,
) {
  const config = join(folder, "simulator.json");
  await writeFile(config, JSON.stringify({ latencyMs, journalLimit: 1 }));
  const { child: simulator, message } = await startNode([main, "simulator", "--json", "--config", config], "listening");
  const api = String(message["url"]);
  const batch = `scale-${workers}-${count}-${inFlight}-${++stages}`;
  const env = {
    ...process.env,
    ...storage.env,
    TEMPORAL_ADDRESS: temporal.address,
    CASELINK_LEDGER: `s3://${BUCKET}/${batch}`,
    CASELINK_ENDPOINT: api,
    CASELINK_TOKEN: "demo-token",
    CASELINK_IN_FLIGHT: String(inFlight),
    CASELINK_LOG_LEVEL: "ERROR",
  };
  const input = await writeInput(count);
  const started = await Promise.all(
    Array.from({ length: workers }, () => startNode([main, "worker", "--json"], "working", { env })),
  );
  const children = started.map(({ child }) => child);
  return {
    children,
    counts: async (): Promise<{ written: number; list: number }> => {
      const response = await fetch(`${api}/__simulator/state?tickets=false`);
      return ((await response.json()) as { counts: { written: number; list: number } }).counts;
    },
    /** Resolves when all associations are created. */
    run: async (): Promise<void> => {
      const printed = await runNode([main, "run", input, "--batch", batch, "--json", "--quiet"], { env });
      const { created } = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as { created: number };
      if (created !== count) throw new Error(`only ${created} of ${count} associations were created`);
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await Promise.all(children.map(stop));
      await stop(simulator);
    },
  };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

async function measure(parts: Parts, options: Case): Promise<Run> {
  const { storage, temporal } = parts;
  const { workers, tickets: count } = options;
  await using stage = await openStage(parts, options);
  const { children } = stage;
  const used = async () => ({
    workers: sum(children.map(({ pid }) => cpuSeconds(pid as number))),
    temporal: cpuSeconds(temporal.serverPid as number),
    postgres: await cpuSecondsOfTree(temporal.postgres.pid as number),
    storage: cpuSeconds(storage.pid as number),
  });
  const before = await used();
  const listedBefore = (await stage.counts()).list;
  const startedAt = performance.now();
  const run = stage.run();
  const steady = await Promise.race([steadySeconds(stage, count), run.then(() => undefined)]);
  await run;
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await used();
  const listed = (await stage.counts()).list - listedBefore;
  if (steady === undefined) throw new Error("the run ended before it was measured: give it more tickets");
  const part = (name: keyof typeof before): number => after[name] - before[name];
  const ms = (name: keyof typeof before): number => (part(name) * 1000) / count;
  return {
    workers,
    tickets: count,
    seconds,
    rate: count / seconds,
    steadyRate: ((STEADY.to - STEADY.from) * count) / steady,
    cpuMs: { workers: ms("workers"), temporal: ms("temporal"), postgres: ms("postgres"), storage: ms("storage") },
    cpuShare:
      (part("workers") + part("temporal") + part("postgres") + part("storage")) / (seconds * availableParallelism()),
    peakWorkerMb: Math.max(...children.map(({ pid }) => peakRssMb(pid as number))),
    readAgain: listed - count,
  };
}

/** Kills one of two workers in the middle of a batch. Returns how many tickets are listed a second time. */
async function readAgainAfterKill(parts: Parts): Promise<number> {
  await using stage = await openStage(parts, { workers: 2, tickets, inFlight: IN_FLIGHT });
  const before = (await stage.counts()).list;
  const run = stage.run();
  await Promise.race([untilWritten(stage, tickets / 2), run]);
  stage.children[0]?.kill("SIGKILL");
  await run;
  return (await stage.counts()).list - before - tickets;
}

async function untilWritten({ counts }: Stage, count: number): Promise<number> {
  while ((await counts()).written < count) await delay(100);
  return performance.now();
}

/** The time in which the associations grew from the first share of all tickets to the second. */
async function steadySeconds(stage: Stage, count: number): Promise<number> {
  const from = await untilWritten(stage, STEADY.from * count);
  return ((await untilWritten(stage, STEADY.to * count)) - from) / 1000;
}

async function writeInput(count: number): Promise<string> {
  const path = join(folder, `tickets-${count}.csv`);
  const file = createWriteStream(path);
  file.write("case_id,related_id,group_id\n");
  for (let at = 0; at < count; at++) {
    if (!file.write(`T${at},R${at},g\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
  return path;
}

/** The processor seconds of a process and its children; those of children that have ended count with their parent. */
async function cpuSecondsOfTree(pid: number): Promise<number> {
  const children: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    if (Number(stat.split(") ").at(-1)?.split(" ")[1]) === pid) children.push(Number(name));
  }
  return sum([pid, ...children].map((each) => cpuSeconds(each)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
