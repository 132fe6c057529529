import { expect, test } from "vitest";
import { explore, findFailure } from "./explore.ts";
import { mixedScheduleOf } from "./mixed-schedule.ts";
import { MUTANTS } from "./mutants.ts";
import { runSchedule } from "./run-schedule.ts";
import { scheduleOf } from "./schedule.ts";

/** Enough to find every defect. */
const MUTANT_SEEDS = 3_000;
const LAG_SEEDS = 200;

test(`no promise is broken in ${LAG_SEEDS} runs without faults and with reads that lag 8 s, if no one knows it`, async () => {
  const failure = await explore(1, LAG_SEEDS, runSchedule, (seed) => {
    const schedule = scheduleOf(seed);
    const { replaces: _replaces, rates: _rates, ...server } = schedule.server;
    return { ...schedule, server: { ...server, lagMs: 8_000, isAtomic: true }, faults: [] };
  });
  expect(failure).toBeUndefined();
});

test.for(MUTANTS)("an engine that %s is detected", async (mutant) => {
  const failure = await findFailure(1, MUTANT_SEEDS, (schedule) => runSchedule(schedule, mutant), mixedScheduleOf);
  expect(failure?.violations.length).toBeGreaterThan(0);
  expect(failure?.story.length).toBeGreaterThan(0);
});
