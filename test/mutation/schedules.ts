// A few of the simulation's schedules, each a test of its own: Stryker runs only those that reach a mutant, and stops at the
// first that fails. `packages/workflows/test/simulation/simulation.test.ts` runs more.
import { expect, test } from "vitest";
import { checkHistory } from "../../packages/workflows/test/simulation/check-history.ts";
import { runSchedule } from "../../packages/workflows/test/simulation/run-schedule.ts";
import { scheduleOf, undoScheduleOf } from "../../packages/workflows/test/simulation/schedule.ts";

const seedsUpTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

test.for(seedsUpTo(40))("schedule %i breaks no promise", async (seed) => {
  expect(checkHistory(await runSchedule(scheduleOf(seed)))).toEqual([]);
});

test.for(seedsUpTo(12))("schedule %i with an undo breaks no promise", async (seed) => {
  expect(checkHistory(await runSchedule(undoScheduleOf(seed)))).toEqual([]);
});
