import { expect, test } from "vitest";
import { createTimeline } from "./timeline.ts";

test("a timeline counts the times after a time, up to and including another", () => {
  const times = createTimeline();
  for (const time of [10, 20, 20, 30]) times.add(time);
  expect([times.count(10, 20), times.count(9, 30), times.count(20, 29), times.count(30, 99)]).toEqual([2, 4, 0, 0]);
  expect([times.firstAfter(9), times.firstAfter(20), times.firstAfter(30)]).toEqual([10, 30, undefined]);
  expect([times.fromLast(1), times.fromLast(4), times.fromLast(5)]).toEqual([30, 10, undefined]);
});

test("a time that is older than the last one counts as that", () => {
  const times = createTimeline();
  for (const time of [10, 5, 20]) times.add(time);
  expect([times.count(5, 10), times.fromLast(2)]).toEqual([2, 10]);
});

test("old times are dropped, but not the last ones that are to be kept", () => {
  const times = createTimeline();
  for (let time = 0; time < 3_000; time++) times.add(time);
  times.dropBefore(10);
  expect([times.count(-1, 20), times.fromLast(2_990), times.fromLast(2_991)]).toEqual([11, 10, undefined]);
  times.dropBefore(5_000, 100);
  expect([times.count(-1, 5_000), times.fromLast(100), times.fromLast(101)]).toEqual([100, 2_900, undefined]);
  times.add(5_001);
  times.dropBefore(5_001);
  expect([times.count(-1, 9_000), times.firstAfter(0)]).toEqual([1, 5_001]);
});
