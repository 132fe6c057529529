import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("the wait after a failure doubles from 250 ms to 8 s, and its upper half is random", () => {
  const failures = [1, 2, 3, 4, 5, 6, 7];
  expect(failures.map((failure) => backoffMs(failure, () => 0))).toEqual([125, 250, 500, 1_000, 2_000, 4_000, 4_000]);
  expect(failures.map((failure) => backoffMs(failure, () => 1))).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
});
