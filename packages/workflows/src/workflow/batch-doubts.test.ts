import { expect, test } from "vitest";
import { failedReport, input, ordersOf, report } from "../../test/support/batch-reports.ts";
import { BatchState } from "./batch-state.ts";

const one = { ...input, chunks: { a: 1 } };
const two = { ...input, chunks: { a: 1, b: 1 } };
const cut = { deferred: 1, isDone: false } as const;
const unavailable = { kind: "unavailable", reason: "HTTP 503" } as const;
const behaviour = { kind: "behaviour", reason: "it replaces" } as const;

test("a batch that was started again looks for ambiguous tickets only in lanes that have reported nothing", () => {
  const state = new BatchState({ ...two, isRestart: true }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, cut), 1);
  state.report(failedReport("b", 0, { isUntaken: true }), 1);
  state.end(2);
  expect(state.data.doubts.map(({ lane }) => lane)).toEqual(["b"]);
});

test("a lane's confirmation that names an unproven batch is about that lane", () => {
  const state = new BatchState(two, 0);
  ordersOf(state, 0);
  state.end(1);
  ordersOf(state, 1);
  const { sequence } = state.data;
  state.orderTaken({ lane: "a", sequence }, 2);
  state.orderTaken({ lane: "b", sequence, isUnproven: true }, 2);
  expect(state.data.doubts.map(({ lane }) => lane)).toEqual(["b"]);
});

test("a read that a worker took and that failed as a whole leaves the doubt of an unproven lane", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.end(1);
  ordersOf(state, 1);
  state.orderTaken({ lane: "a", sequence: state.data.sequence, isUnproven: true }, 2);
  ordersOf(state, 2);
  state.report(failedReport("a", 0, { resolveOnly: true }), 3);
  expect([state.isOver, state.data.doubts.length]).toEqual([false, 1]);
});

test("only reads count as the last reads of a batch that ends, and each ticket gets all of them", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  const ambiguous = { ...cut, ambiguous: 1 };
  for (let turn = 1; turn <= 3; turn++) state.report(report("a", 0, ambiguous), turn);
  expect(state.data.doubts[0]?.passes).toBe(3);
  state.end(4);
  expect(state.data.doubts).toMatchObject([{ passes: 1, dueAt: 4 }]);
  state.report(report("a", 0, ambiguous), 5);
  expect(state.data.doubts[0]?.passes).toBe(1);
  state.report(report("a", 0, { ...ambiguous, resolveOnly: true }), 6);
  expect(state.data.doubts[0]?.passes).toBe(2);
});

test("a late turn in a batch that ends adds its lane to those that have to confirm", () => {
  const state = new BatchState(two, 0);
  ordersOf(state, 0);
  state.end(1);
  ordersOf(state, 1);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 2);
  state.report(report("a", 0, { ...cut, turn: 3 }), 4);
  expect(state.data.unconfirmed?.lanes.toSorted()).toEqual(["a", "b"]);
});

test("progress of other lanes does not clear misbehaviour of the API", () => {
  const state = new BatchState(two, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ...cut, waitReason: behaviour }), 1);
  state.report(report("b", 0, { turn: 0 }), 2);
  expect([state.data.waitReason, state.data.settledTickets]).toEqual([behaviour, 2]);
});

test("a turn that settled tickets before the API failed is progress", () => {
  const state = new BatchState(one, 0);
  const failed = { ...cut, waitReason: unavailable, counts: { outcomes: {}, settledTickets: 0 } };
  state.report(report("a", 0, failed), 1_000);
  expect(state.givesUpAt).toBe(1_001_000);
  state.report(report("a", 0, { ...failed, counts: { outcomes: { created: 1 }, settledTickets: 1 } }), 2_000);
  expect([state.givesUpAt, state.data.waitReason]).toEqual([undefined, unavailable]);
});

test("the time to give up counts from the start of the turn that failed first", () => {
  const state = new BatchState({ ...one, giveUpAfterMs: 25_000 }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1, turn: 1_000 }), 20_000);
  expect(state.data.waiting).toMatchObject([{ since: 1_000, dueAt: 26_000 }]);
});

test("a turn that started with the resume is not one from before it", () => {
  const state = new BatchState(one, 0);
  state.resume(5);
  state.report(report("a", 0, { ...cut, turn: 5, waitReason: unavailable }), 6);
  expect(state.data.waitReason).toEqual(unavailable);
});

test("a resume leaves a chunk in the round that it is in", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1 }), 1_000);
  ordersOf(state, 31_000);
  state.resume(32_000);
  expect([state.data.waiting[0]?.dueAt, state.openLanes]).toEqual([undefined, ["a"]]);
});

test("a lane that confirms is heard of", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.orderTaken({ lane: "a", sequence: 1 }, 15_000);
  expect(state.nextDueAt).toBe(35_000);
});

test("a batch whose last chunk was settled while it moved orders nothing from the shared lane", () => {
  const state = new BatchState(one, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ...cut, needsSharedLane: true }), 1);
  ordersOf(state, 1);
  state.report(report("a", 0), 2);
  ordersOf(state, 2);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 3);
  expect([state.isDone, state.data.isShared, ordersOf(state, 3)]).toEqual([true, true, []]);
});

const read = (index: number) => ({ from: index, to: index + 1, resolveOnly: true });

test("a paused batch orders each read once, those that are due, of the lane", () => {
  const state = new BatchState({ ...input, chunks: { a: 2, b: 1 } }, 0);
  ordersOf(state, 0);
  const ambiguous = { ...cut, ambiguous: 1 };
  state.report(report("a", 0, ambiguous), 1_000);
  state.report(report("b", 0, ambiguous), 1_000);
  state.report(report("a", 1, ambiguous), 1_500);
  state.pause(2_000);
  ordersOf(state, 2_000);
  expect(ordersOf(state, 3_000)).toEqual([
    ["a", [read(0)]],
    ["b", [read(0)]],
  ]);
  expect(ordersOf(state, 3_001)).toEqual([]);
  expect(ordersOf(state, 3_500)).toEqual([["a", [read(0), read(1)]]]);
});
