import { expect, test } from "vitest";
import { TurnDeadline } from "./turn-deadline.ts";

test("a turn is over when its budget is spent, and when the clock was put back", () => {
  let now = 100_000_000;
  const deadline = new TurnDeadline({
    budgetMs: 10_000,
    stop: new AbortController().signal,
    mayWrite: () => true,
    now: () => now,
    sleep: async () => undefined,
  });
  expect(deadline.isOver()).toBe(false);
  now += 10_000;
  expect(deadline.isOver()).toBe(true);
  now -= 8 * 3_600_000;
  expect(deadline.isOver()).toBe(true);
});

test("the waits of a turn do not outlast a clock that was put back or forward", () => {
  let now = 100_000_000;
  const waits: number[] = [];
  const deadline = new TurnDeadline({
    budgetMs: 10_000,
    stop: new AbortController().signal,
    mayWrite: () => true,
    now: () => now,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  now -= 8 * 3_600_000;
  deadline.endWaitsInTime()[Symbol.dispose]();
  now += 9 * 3_600_000;
  deadline.endWaitsInTime()[Symbol.dispose]();
  expect(waits).toEqual([0, 0]);
});
