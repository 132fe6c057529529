import { expect, test } from "vitest";
import { input, ordersOf, report } from "../../test/support/batch-reports.ts";
import { BatchState } from "./batch-state.ts";
import { SHARED_LANE } from "./contracts.ts";

const unavailable = { kind: "unavailable", reason: "HTTP 503" } as const;
const left = { counts: { outcomes: {}, settledTickets: 0 }, isDone: false, deferred: 4 };

test("a lane has work while a chunk of its is in a round, not while the chunk waits for the next one", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 1 } }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1 }), 1_000);
  expect(state.openLanes).toEqual(["b"]);
  ordersOf(state, 31_000);
  expect(state.openLanes).toEqual(["a", "b"]);
  state.report(report("b", 0), 31_500);
  expect([state.openLanes, state.isDone]).toEqual([["a"], false]);
});

test("a lane has work while it reads ambiguous tickets of a paused batch, and a lane is named once", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 2 } }, 0);
  ordersOf(state, 0);
  for (const index of [0, 1]) state.report(report("b", index, { ambiguous: 1 }), 1);
  state.pause(2);
  expect(state.openLanes).toEqual(["a"]);
  ordersOf(state, 5_000);
  expect(state.openLanes).toEqual(["a", "b"]);
});

test("a batch on the shared lane has that lane alone, and none when nothing is left", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 1 } }, 0);
  state.data.isShared = true;
  expect(state.openLanes).toEqual([SHARED_LANE]);
  for (const lane of ["a", "b"]) state.report(report(lane, 0), 1);
  expect(state.openLanes).toEqual([]);
});

test("a batch without progress wakes up when its time to give up comes, and not because of it once it ends", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 }, giveUpAfterMs: 4_000 }, 0);
  ordersOf(state, 0);
  expect(state.nextDueAt).toBe(20_000);
  state.report(report("a", 0, { ...left, waitReason: unavailable }), 1_000);
  expect(state.nextDueAt).toBe(5_000);
  state.end(5_000);
  ordersOf(state, 5_000);
  expect(state.nextDueAt).toBe(21_000);
});

test("a paused batch does not wake up to give up", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 }, giveUpAfterMs: 4_000 }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ...left, waitReason: unavailable }), 1_000);
  state.pause(2_000);
  state.report(report("a", 0, { ...left, waitReason: unavailable }), 3_000);
  ordersOf(state, 3_000);
  expect([state.givesUpAt, state.nextDueAt]).toEqual([undefined, undefined]);
});
