import { expect, test } from "vitest";
import { roundBackoffMs, laneBackoffMs } from "./retry-schedule.ts";

test("retryable tickets wait 30 s, then twice as long each time, and at most 15 min", () => {
  expect([1, 2, 3, 4, 5, 6, 100].map(roundBackoffMs)).toEqual([
    30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000,
  ]);
});

test("a lane whose turns have to wait tries again after 2 s, growing to 1 min", () => {
  expect([1, 2, 5, 6, 100].map(laneBackoffMs)).toEqual([2_000, 4_000, 32_000, 60_000, 60_000]);
});
