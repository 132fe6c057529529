import { expect, test } from "vitest";
import { roundBackoffMs, laneBackoffMs } from "./retry-schedule.ts";

test("unsettled tickets wait 30 s, then twice as long each time, and never longer than 15 min", () => {
  expect([1, 2, 3, 4, 5, 6, 100].map(roundBackoffMs)).toEqual([
    30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000,
  ]);
});

test("a lane asks a troubled API after 2 s, then more and more seldom, at least once a minute", () => {
  expect([1, 2, 5, 6, 100].map(laneBackoffMs)).toEqual([2_000, 4_000, 32_000, 60_000, 60_000]);
});
