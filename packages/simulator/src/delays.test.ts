import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Delays } from "./delays.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a delay runs when it is due, and not if it was dropped", () => {
  const delays = new Delays();
  const ran: string[] = [];
  delays.after(10, () => ran.push("early"));
  delays.after(50, () => ran.push("late"));
  vi.advanceTimersByTime(20);
  delays.dropAll();
  vi.advanceTimersByTime(1_000);
  expect(ran).toEqual(["early"]);
  expect(vi.getTimerCount()).toBe(0);
});
