import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** The results of simulated schedules. */
export interface ScheduleFigures {
  runs: number;
  engine: { broken: number; violations: number; kills: number; stalls: number; requests: number };
  loop: { broken: number; violations: number };
  /** Runs by what they drew. */
  kinds: Record<string, number>;
  /** The seeds of runs in which the engine broke a promise. */
  failingSeeds: number[];
  /** Milliseconds that all cores together worked. */
  cpuMs: number;
}

/** Seeds that a worker takes at a time. */
export const BLOCK = 250;
const PROGRESS_EVERY = 10_000;

export const noFigures = (): ScheduleFigures => ({
  runs: 0,
  engine: { broken: 0, violations: 0, kills: 0, stalls: 0, requests: 0 },
  loop: { broken: 0, violations: 0 },
  kinds: {},
  failingSeeds: [],
  cpuMs: 0,
});

/** Runs the schedules of the seeds from 1 on all cores, and prints the progress. */
export async function runSchedules(count: number): Promise<ScheduleFigures> {
  const total = noFigures();
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const workers = Array.from({ length: availableParallelism() }, () => {
    const worker = new Worker(new URL("schedule-worker.ts", import.meta.url), { workerData: { count, shared } });
    return new Promise<void>((resolve, reject) => {
      worker.on("message", (part: ScheduleFigures) => {
        addTo(total, part);
        if (total.runs % PROGRESS_EVERY < part.runs) console.log(`  ${total.runs} runs, ${total.engine.broken} broken`);
      });
      worker.on("error", reject);
      worker.on("exit", () => resolve());
    });
  });
  await Promise.all(workers);
  return total;
}

function addTo(total: ScheduleFigures, part: ScheduleFigures): void {
  total.runs += part.runs;
  total.cpuMs += part.cpuMs;
  for (const name of ["broken", "violations", "kills", "stalls", "requests"] as const)
    total.engine[name] += part.engine[name];
  for (const name of ["broken", "violations"] as const) total.loop[name] += part.loop[name];
  for (const [kind, runs] of Object.entries(part.kinds)) total.kinds[kind] = (total.kinds[kind] ?? 0) + runs;
  total.failingSeeds.push(...part.failingSeeds);
}
