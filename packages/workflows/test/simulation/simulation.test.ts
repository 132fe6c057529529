import { expect, test } from "vitest";
import { explore } from "./explore.ts";
import { runSchedule, type Weakness } from "./run-schedule.ts";

const SEEDS = 3_000;
test(`no promise is broken in ${SEEDS} runs with crashes, stalled processes and lost answers`, async () => {
  expect(await explore(1, SEEDS)).toBeUndefined();
});

const weaknesses: Weakness[] = [
  "writes without looking at its lease",
  "takes a new snapshot in doubt",
  "knows no read lag",
  "writes before its snapshot is stored",
];

test.for(weaknesses)("an engine that %s is found out", async (weakness) => {
  const failure = await explore(1, SEEDS, (schedule) => runSchedule(schedule, weakness));
  expect(failure?.faults.length).toBeGreaterThan(0);
  expect(failure?.story.length).toBeGreaterThan(0);
});
