// A thread of `run-schedules.ts`: runs blocks of seeds until none is left.
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { checkHistory } from "../../packages/workflows/test/simulation/check-history.ts";
import { kindsOf, mixedScheduleOf } from "../../packages/workflows/test/simulation/mixed-schedule.ts";
import { runNaiveLoop } from "../../packages/workflows/test/simulation/naive-loop.ts";
import { runSchedule } from "../../packages/workflows/test/simulation/run-schedule.ts";
import { BLOCK, noFigures, type ScheduleFigures } from "./run-schedules.ts";

const { count, shared } = workerData as { count: number; shared: SharedArrayBuffer };
const next = new Int32Array(shared);
for (;;) {
  const first = Atomics.add(next, 0, BLOCK) + 1;
  if (first > count) break;
  parentPort?.postMessage(await runBlock(first, Math.min(count, first + BLOCK - 1)), []);
}

async function runBlock(first: number, last: number): Promise<ScheduleFigures> {
  const figures = noFigures();
  const { engine, loop, kinds } = figures;
  const cpu = process.threadCpuUsage();
  for (let seed = first; seed <= last; seed++) {
    await setImmediate();
    const schedule = mixedScheduleOf(seed);
    const history = await runSchedule(schedule);
    figures.runs++;
    engine.requests += history.server.requestCount;
    for (const kind of kindsOf(schedule)) kinds[kind] = (kinds[kind] ?? 0) + 1;
    engine.kills += schedule.faults.filter(({ kind }) => kind === "kill").length;
    engine.stalls += schedule.faults.filter(({ kind }) => kind === "stall").length;
    const violations = checkHistory(history).length;
    engine.violations += violations;
    if (violations > 0) {
      engine.broken++;
      figures.failingSeeds.push(seed);
    }
    const loopViolations = checkHistory(await runNaiveLoop(schedule)).length;
    loop.violations += loopViolations;
    if (loopViolations > 0) loop.broken++;
  }
  const { user, system } = process.threadCpuUsage(cpu);
  figures.cpuMs = (user + system) / 1_000;
  return figures;
}
