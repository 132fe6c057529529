import { expect, test } from "vitest";
import { explore } from "./explore.ts";
import { MUTANTS } from "./mutants.ts";
import { runSchedule } from "./run-schedule.ts";
import { scheduleOf, undoScheduleOf, type Schedule } from "./schedule.ts";

const SEEDS = 1_000;
/** Enough to find every defect. */
const MUTANT_SEEDS = 1_600;
const UNDO_SEEDS = 400;
const LAG_SEEDS = 200;

test(`no promise is broken in ${SEEDS} runs with crashes, stalled processes, lost responses and operators`, async () => {
  expect(await explore(1, SEEDS)).toBeUndefined();
});

test(`no promise is broken in ${UNDO_SEEDS} runs with an undo`, async () => {
  expect(await explore(1, UNDO_SEEDS, runSchedule, undoScheduleOf)).toBeUndefined();
});

const lagging = (seed: number): Schedule => {
  const schedule = scheduleOf(seed);
  return { ...schedule, server: { ...schedule.server, lagMs: 8_000 }, readLagMs: 8_500 };
};

test(`no promise is broken in ${LAG_SEEDS} runs with reads that lag 8 s, if the batches know it`, async () => {
  expect(await explore(1, LAG_SEEDS, runSchedule, lagging)).toBeUndefined();
});

test(`no promise is broken in ${LAG_SEEDS} runs without faults and with reads that lag 8 s, if no one knows it`, async () => {
  expect(
    await explore(1, LAG_SEEDS, runSchedule, (seed) => {
      const { readLagMs: _, ...schedule } = lagging(seed);
      return { ...schedule, faults: [] };
    }),
  ).toBeUndefined();
});

test.for(MUTANTS)("an engine that %s is detected", async (mutant) => {
  const failure = await explore(1, MUTANT_SEEDS, (schedule) => runSchedule(schedule, mutant));
  expect(failure?.violations.length).toBeGreaterThan(0);
  expect(failure?.story.length).toBeGreaterThan(0);
});
