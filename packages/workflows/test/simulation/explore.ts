import { setImmediate } from "node:timers/promises";
import { checkHistory } from "./check-history.ts";
import { runSchedule } from "./run-schedule.ts";
import { scheduleOf, type Schedule, type ScheduledBatch } from "./schedule.ts";

type Runner = (schedule: Schedule) => ReturnType<typeof runSchedule>;

export interface Failure {
  seed: number;
  violations: string[];
  shortest: Schedule;
  /** The shortest run found that still breaks a promise, request by request. */
  story: string[];
}

/** As {@link findFailure}, with the shortest form of the schedule. */
export async function explore(
  firstSeed: number,
  count: number,
  run: Runner = runSchedule,
  scheduled: (seed: number) => Schedule = scheduleOf,
): Promise<Failure | undefined> {
  const found = await findFailure(firstSeed, count, run, scheduled);
  if (!found) return undefined;
  const shortest = await shorten(found.shortest, run);
  return { seed: found.seed, shortest, ...(await runAndCheck(shortest, run)) };
}

/** Runs the schedules of the seeds. Stops at the first that breaks a promise. */
export async function findFailure(
  firstSeed: number,
  count: number,
  run: Runner,
  scheduled: (seed: number) => Schedule,
): Promise<Failure | undefined> {
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    // A run leaves the event loop no turn: the test runner would believe that its worker hangs.
    await setImmediate();
    const schedule = scheduled(seed);
    const { violations, story } = await runAndCheck(schedule, run);
    if (violations.length > 0) return { seed, violations, shortest: schedule, story };
  }
  return undefined;
}

/** Removes every fault and ticket without which the run still breaks a promise. */
async function shorten(schedule: Schedule, run: Runner): Promise<Schedule> {
  let shortest = schedule;
  for (let isShorter = true; isShorter;) {
    isShorter = false;
    for (const candidate of shorterOnes(shortest)) {
      if ((await violationsOf(candidate, run)).length === 0) continue;
      shortest = candidate;
      isShorter = true;
      break;
    }
  }
  return shortest;
}

function* shorterOnes(schedule: Schedule): Generator<Schedule> {
  for (let at = 0; at < schedule.batches.length; at++) {
    const batch = schedule.batches[at] as ScheduledBatch;
    const { rows } = batch;
    for (const ticket of new Set(rows.map((row) => row.ticket))) {
      const kept = rows.filter((row) => row.ticket !== ticket);
      yield { ...schedule, batches: schedule.batches.with(at, { ...batch, rows: kept }) };
    }
  }
  for (let at = 0; at < schedule.faults.length; at++) yield { ...schedule, faults: schedule.faults.toSpliced(at, 1) };
}

async function violationsOf(schedule: Schedule, run: Runner): Promise<string[]> {
  return (await runAndCheck(schedule, run)).violations;
}

async function runAndCheck(schedule: Schedule, run: Runner): Promise<{ violations: string[]; story: string[] }> {
  try {
    const history = await run(schedule);
    return { violations: checkHistory(history), story: history.server.story };
  } catch (error) {
    return { violations: [`the run itself failed: ${String(error)}`], story: [] };
  }
}
