import { expect, test } from "vitest";
import { createRatePauses } from "./rate-pauses.ts";

test("a pause that the server names lasts as long as it says, up to a day, and a shorter one does not end it", () => {
  const pauses = createRatePauses();
  expect([pauses.until, pauses.namedUntil]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  expect(pauses.pauseFor(1_000, 5_000)).toBe(5_000);
  expect(pauses.pauseFor(2_000, 1_000)).toBe(1_000);
  expect([pauses.until, pauses.namedUntil, pauses.count]).toEqual([6_000, 6_000, 0]);
  expect(pauses.pauseFor(0, 86_400_001)).toBe(86_400_000);
});

test("a pause after a rejection doubles from 30 ms to 30 s, until a request is accepted", () => {
  const pauses = createRatePauses();
  const lengths: number[] = [];
  for (let at = 0; lengths.length < 12; at += 100_000) {
    pauses.pauseAfterRejection(at, undefined);
    lengths.push(pauses.until - at);
  }
  expect(lengths).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 30_000, 30_000]);
  expect(pauses.count).toBe(12);
  pauses.recordAcceptance();
  pauses.pauseAfterRejection(2_000_000, undefined);
  expect([pauses.until, pauses.count]).toEqual([2_000_030, 1]);
});

test("a pause lasts until the server has room, but at least 30 ms", () => {
  const pauses = createRatePauses();
  pauses.pauseAfterRejection(0, 400);
  expect(pauses.until).toBe(400);
  pauses.pauseAfterRejection(390, 395);
  expect(pauses.until).toBe(420);
});

test("after two pauses without an accepted request one goes ahead, and the others wait for it up to half a second", () => {
  const pauses = createRatePauses();
  pauses.pauseAfterRejection(0, undefined);
  pauses.recordStart(100);
  expect(pauses.until).toBe(30);
  pauses.pauseAfterRejection(100, undefined);
  pauses.recordStart(200);
  expect([pauses.until, pauses.namedUntil]).toEqual([700, 160]);
  pauses.recordRejection();
  expect([pauses.until, pauses.count]).toEqual([160, 2]);
  pauses.recordStart(300);
  pauses.recordAcceptance();
  expect([pauses.until, pauses.count]).toEqual([160, 0]);
  pauses.recordStart(400);
  expect(pauses.until).toBe(160);
});
