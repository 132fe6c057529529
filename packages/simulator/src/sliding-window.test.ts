import { expect, test } from "vitest";
import { SlidingWindow } from "./sliding-window.ts";

test("no second, from any start, has more requests than the limit", () => {
  const limiter = new SlidingWindow(5, 1_000);
  const accepted: number[] = [];
  for (let atMs = 0; atMs < 5_000; atMs += 37) if (limiter.tryAccept(atMs)) accepted.push(atMs);
  for (const startMs of accepted) {
    expect(accepted.filter((atMs) => atMs >= startMs && atMs < startMs + 1_000).length).toBeLessThanOrEqual(5);
  }
  expect(accepted.length).toBeGreaterThanOrEqual(23);
});

test("a new window counts the requests that the previous one accepted recently", () => {
  const wide = new SlidingWindow(4, 1_000);
  for (const atMs of [0, 10, 20, 30]) wide.tryAccept(atMs);
  const narrow = new SlidingWindow(2, 1_000, wide);
  expect(narrow.acceptances()).toEqual([20, 30]);
  expect(narrow.tryAccept(1_019)).toBe(false);
  expect(narrow.tryAccept(1_020)).toBe(true);
});
