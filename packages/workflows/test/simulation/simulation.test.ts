import { expect, test } from "vitest";
import { explore } from "./explore.ts";
import { runSchedule, type Mutant } from "./run-schedule.ts";

const SEEDS = 3_000;

test(`no promise is broken in ${SEEDS} runs with crashes, stalled processes and lost responses`, async () => {
  expect(await explore(1, SEEDS)).toBeUndefined();
});

const mutants: Mutant[] = [
  "writes without verifying its lease",
  "takes a new snapshot while a write is ambiguous",
  "works a ticket that another batch has left ambiguous",
  "ignores read lag",
  "writes before its snapshot is stored",
];

test.for(mutants)("an engine that %s is detected", async (mutant) => {
  const failure = await explore(1, SEEDS, (schedule) => runSchedule(schedule, mutant));
  expect(failure?.violations.length).toBeGreaterThan(0);
  expect(failure?.story.length).toBeGreaterThan(0);
});
