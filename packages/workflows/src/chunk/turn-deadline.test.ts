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

test.for([
  ["back", -8 * 3_600_000],
  ["forward", 9 * 3_600_000],
] as const)("the waits of a turn do not outlast a clock that was put %s, and share one timer", ([, jumpMs]) => {
  let now = 100_000_000;
  const waits: number[] = [];
  using deadline = new TurnDeadline({
    budgetMs: 10_000,
    stop: new AbortController().signal,
    mayWrite: () => true,
    now: () => now,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  now += jumpMs;
  expect([deadline.over === deadline.over, waits]).toEqual([true, [0]]);
});
