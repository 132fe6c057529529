import { explore, type Failure } from "./explore.ts";
import { mixedScheduleOf } from "./mixed-schedule.ts";
import { runSchedule } from "./run-schedule.ts";

/** A quarter of the schedules of each run of the tests: each has a file of its own, so that all cores run them. */
export const QUARTER = 2_500;

/** Undefined: no run of the quarter broke a promise. */
export const exploreQuarter = (number: 1 | 2 | 3 | 4): Promise<Failure | undefined> =>
  explore((number - 1) * QUARTER + 1, QUARTER, runSchedule, mixedScheduleOf);
