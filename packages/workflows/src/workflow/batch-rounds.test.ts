import { expect, test } from "vitest";
import { failedReport, input, ordersOf, report } from "../../test/support/batch-reports.ts";
import { BatchState } from "./batch-state.ts";

const one = { ...input, chunks: { a: 1 } };
const ONE = { from: 0, to: 1 };
const cut = { deferred: 1, isDone: false } as const;

test("a late report about a chunk that waits for its next round changes neither the time nor the round", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 2 }), 1_000);
  const before = structuredClone(state.data.waiting);
  state.report(report("a", 0, { retryable: 2 }), 9_000);
  expect(state.data.waiting).toEqual(before);
});

test("a chunk whose ambiguous tickets were only read is still to be worked", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ...cut, ambiguous: 1 }), 1);
  state.pause(2);
  ordersOf(state, 5_000);
  state.report(report("a", 0, { resolveOnly: true }), 5_001);
  state.resume(6_000);
  expect([state.isDone, ordersOf(state, 6_000)]).toEqual([false, [["a", [ONE]]]]);
});

test("the turn of a lane that a batch has counted never goes back", () => {
  const state = new BatchState(input, 0);
  state.report(report("0", 0, { ...cut, turn: 5 }), 6);
  state.report(report("0", 0, { ...cut, turn: 3 }), 7);
  state.report(report("a", 0, { ...cut, turn: 4 }), 8);
  expect(state.data.countedTurns).toEqual({ "0": 5, a: 4 });
});

test("ambiguous tickets are read again after a longer time if a read resolved none of them, and after 2 s if it did", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.pause(0);
  ordersOf(state, 0);
  const waits: number[] = [];
  for (const ambiguous of [3, 3, 2, 2]) {
    const now = state.nextDueAt ?? 0;
    ordersOf(state, now);
    state.report(report("a", 0, { ...cut, ambiguous, resolveOnly: true }), now);
    waits.push((state.nextDueAt ?? 0) - now);
  }
  expect(waits).toEqual([2_000, 4_000, 2_000, 4_000]);
});

test("ambiguous tickets wait as long as the API says, except in a batch that ends", () => {
  const waitReason = { kind: "slow-down", reason: "HTTP 429", retryAfterMs: 90_000 } as const;
  const turn = { ...cut, ambiguous: 1, waitReason };
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.pause(0);
  ordersOf(state, 0);
  state.report(report("a", 0, turn), 1_000);
  expect(state.data.doubts[0]?.dueAt).toBe(91_000);
  state.end(2_000);
  expect(state.data.doubts[0]?.dueAt).toBe(2_000);
  state.report(report("a", 0, { ...turn, resolveOnly: true }), 3_000);
  expect(state.data.doubts[0]?.dueAt).toBe(7_000);
});

test("a chunk that no worker took has no ambiguous tickets, and keeps those that it had", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(failedReport("a", 0, { isUntaken: true }), 1);
  expect(state.data.doubts).toEqual([]);
  state.report(report("a", 0, { ...cut, ambiguous: 2 }), 2);
  state.report(failedReport("a", 0, { isUntaken: true }), 3);
  expect(state.data.doubts).toMatchObject([{ tickets: 2, passes: 1 }]);
});

test("a doubt that several reports name is read once", () => {
  const state = new BatchState({ ...input, chunks: { a: 3 } }, 0);
  ordersOf(state, 0);
  const otherDoubts = [{ lane: "a", index: 2 }];
  state.report(report("a", 0, { otherDoubts }), 1);
  state.report(report("a", 1, { otherDoubts }), 2);
  expect(state.data.doubts).toEqual([{ lane: "a", index: 2, tickets: 0, passes: 0, dueAt: 1 }]);
  state.report(report("a", 2), 3);
  expect([state.data.doubts, state.isDone]).toEqual([[], true]);
});

test("a resume makes waiting chunks due, and their next round is not the last one", () => {
  const state = new BatchState({ ...one, giveUpAfterMs: 10_000 }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1 }), 1_000);
  expect(ordersOf(state, 20_000)).toEqual([["a", [{ ...ONE, isLast: true }]]]);
  state.resume(21_000);
  expect(ordersOf(state, 21_000)).toEqual([["a", [ONE]]]);
  state.report(report("a", 0, { retryable: 1 }), 22_000);
  expect(state.data.waiting).toMatchObject([{ rounds: 2, since: 21_000, dueAt: 31_000 }]);
});

test("a resume orders again what a paused batch was only reading", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ...cut, ambiguous: 1 }), 1);
  state.pause(2);
  ordersOf(state, 5_000);
  expect(state.data.doubts).toMatchObject([{ isOpen: true }]);
  state.resume(6_000);
  expect(state.data.doubts.map(({ isOpen }) => isOpen)).toEqual([undefined]);
});

test("a lane that ended before it confirmed the end of its batch is asked again", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.end(1);
  ordersOf(state, 1);
  state.laneEnded("a");
  expect(ordersOf(state, 2)).toEqual([["a", [], "confirm"]]);
  state.laneEnded("b");
  expect(ordersOf(state, 3)).toEqual([]);
});

test("a batch that ends without open chunks, and without ambiguous tickets, is over", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  expect(state.isOver).toBe(false);
  state.report(report("a", 0), 1);
  expect(state.isOver).toBe(false);
  state.end(2);
  expect([state.isOver, ordersOf(state, 2), state.nextDueAt]).toEqual([true, [], undefined]);
});

test("a batch that ends forgets the rounds that are not due yet, and finishes those that have begun", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 1 } }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1 }), 1_000);
  ordersOf(state, 31_000);
  state.report(report("b", 0, { retryable: 1 }), 31_500);
  state.end(32_000);
  expect(state.data.waiting.map(({ lane }) => lane)).toEqual(["a"]);
  expect(ordersOf(state, 32_000)).toEqual([["a", [], "confirm"]]);
  state.report(report("a", 0, { retryable: 1 }), 32_500);
  expect([state.data.waiting, state.data.leftOpen]).toEqual([[], undefined]);
});

test("a batch moves once: further turns that ask for it, or come after it, change nothing", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 1 } }, 0);
  ordersOf(state, 0);
  const asks = { ...cut, needsSharedLane: true };
  state.report(report("a", 0, asks), 1);
  const { unconfirmed } = structuredClone(state.data);
  expect(unconfirmed).toMatchObject({ lanes: ["a", "b"], sequence: 3 });
  state.report(report("b", 0, asks), 2);
  ordersOf(state, 2);
  expect(state.data.unconfirmed).toEqual(unconfirmed);
  state.orderTaken({ lane: "a", sequence: 2 }, 3);
  expect(state.data.unconfirmed).toEqual(unconfirmed);
  for (const lane of ["a", "b"]) state.orderTaken({ lane, sequence: 3 }, 4);
  expect([state.data.isShared, state.data.isMoving, state.data.unconfirmed]).toEqual([true, undefined, undefined]);
  state.report(report("a", 0, asks), 5);
  expect([state.data.isMoving, state.data.unconfirmed]).toEqual([undefined, undefined]);
});

test("a batch that is paused while it moves orders nothing before the resume", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ...cut, needsSharedLane: true }), 1);
  ordersOf(state, 1);
  state.pause(2);
  ordersOf(state, 2);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 3);
  expect(ordersOf(state, 3)).toEqual([["all", []]]);
  state.resume(4);
  expect(ordersOf(state, 4)).toEqual([["all", [{ ...ONE, lane: "a" }]]]);
});
