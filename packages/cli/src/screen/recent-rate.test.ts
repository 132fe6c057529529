import { expect, test } from "vitest";
import { countedRate } from "./recent-rate.ts";

const recently = { since: 10_000, until: 70_000, tickets: 600 };

test("the counted rate is that until the last report, and falls when reports are late", () => {
  expect(countedRate({}, 0)).toBeUndefined();
  expect(countedRate({ recently }, 70_000)).toBe(10);
  expect(countedRate({ recently }, 84_000)).toBe(10);
  expect(countedRate({ recently }, 145_000)).toBe(5);
  // The clock of this machine may be late.
  expect(countedRate({ recently }, 0)).toBe(10);
});
