import { expect, test } from "vitest";
import { input, ordersOf, report } from "../../test/support/batch-reports.ts";
import { BatchState } from "./batch-state.ts";

test("a batch is done when the first round of all its chunks has ended", () => {
  const state = new BatchState(input, 0);
  expect(ordersOf(state, 0)).toEqual([
    ["0", [{ from: 0, to: 2 }]],
    ["a", [{ from: 0, to: 1 }]],
  ]);
  expect(ordersOf(state, 0)).toEqual([]);
  state.report(report("0", 0), 1);
  state.report(report("a", 0), 1);
  expect(state.isDone).toBe(false);
  state.report(report("0", 1), 1);
  expect([state.isDone, state.data.settledTickets, state.data.outcomes]).toEqual([true, 3, { created: 9 }]);
});

test("a report counts only what is new since the chunk's last one, and a report for an unexpected chunk changes nothing", () => {
  const state = new BatchState(input, 0);
  state.report(report("0", 0, { counts: { outcomes: { created: 1 }, settledTickets: 0 }, isDone: false }), 1);
  state.report(report("0", 0), 2);
  state.report(report("0", 0), 3); // worked twice
  expect([state.data.outcomes, state.data.settledTickets]).toEqual([{ created: 3 }, 1]);
});

test("a chunk with retryable tickets waits for its next round, longer each time", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.report(report("0", 0), 1_000);
  state.report(report("0", 1), 1_000);
  state.report(report("a", 0, { retryable: 2 }), 1_000);
  expect(ordersOf(state, 30_999)).toEqual([]);
  expect(ordersOf(state, 31_000)).toEqual([["a", [{ from: 0, to: 1 }]]]);
  state.report(report("a", 0, { retryable: 1 }), 40_000);
  expect(state.data.waiting[0]?.dueAt).toBe(100_000);
  state.resume(50_000);
  expect(ordersOf(state, 50_000)).toEqual([["a", [{ from: 0, to: 1 }]]]);
  state.report(report("a", 0), 60_000);
  expect(state.isDone).toBe(true);
});

test("a lane that is silent gets its order again, after 20 s and then less often, until it is heard of", () => {
  const state = new BatchState({ ...input, chunks: { a: 2 } }, 0);
  ordersOf(state, 0);
  expect(ordersOf(state, 19_999)).toEqual([]);
  const order = ["a", [{ from: 0, to: 2 }]];
  expect(ordersOf(state, 20_000)).toEqual([order]);
  expect(state.nextDueAt).toBe(60_000);
  expect(ordersOf(state, 60_000)).toEqual([order]);
  state.report(report("a", 0), 70_000);
  expect(state.nextDueAt).toBe(90_000);
});

test("a lane that ended before its work gets its order again immediately", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.laneEnded("a");
  expect(ordersOf(state, 1)).toEqual([["a", [{ from: 0, to: 1 }]]]);
  state.report(report("a", 0), 2);
  state.laneEnded("a");
  expect(ordersOf(state, 3)).toEqual([]);
});

test("a paused batch orders nothing but reads of its ambiguous tickets, each after a longer time", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.pause(1_000);
  expect(ordersOf(state, 1_000)).toEqual([
    ["0", []],
    ["a", []],
  ]);
  state.report(report("a", 0, { ambiguous: 2, deferred: 5, isDone: false }), 2_000);
  expect(state.nextDueAt).toBe(4_000);
  const read = ["a", [{ from: 0, to: 1, resolveOnly: true }]];
  expect(ordersOf(state, 4_000)).toEqual([read]);
  state.report(report("a", 0, { ambiguous: 2, deferred: 5, isDone: false, resolveOnly: true }), 5_000);
  expect(state.nextDueAt).toBe(9_000);
  expect(ordersOf(state, 9_000)).toEqual([read]);
  state.report(report("a", 0, { deferred: 5, isDone: false, resolveOnly: true }), 10_000);
  expect([state.nextDueAt, state.data.doubts]).toEqual([undefined, []]);
  state.resume(20_000);
  expect(ordersOf(state, 20_000)).toEqual([
    ["0", [{ from: 0, to: 2 }]],
    ["a", [{ from: 0, to: 1 }]],
  ]);
});

test("a lane that works for a paused batch, because an order was late, gets its order again", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.pause(1_000);
  ordersOf(state, 1_000);
  const turn = { deferred: 5, isDone: false } as const;
  state.report(report("a", 0, { ...turn, turn: 900 }), 1_100); // it was cut short
  expect(ordersOf(state, 1_100)).toEqual([]);
  state.report(report("a", 0, { ...turn, turn: 1_200 }), 1_300);
  expect(ordersOf(state, 1_300)).toEqual([["a", []]]);
});

test("an ambiguous ticket holds up neither its lane nor the other chunks: its chunk waits for a round that comes soon", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.report(report("0", 0, { ambiguous: 1 }), 1_000);
  state.report(report("0", 1), 2_000);
  expect(ordersOf(state, 3_000)).toEqual([["0", [{ from: 0, to: 1 }]]]);
  state.report(report("0", 0), 4_000);
  expect([state.data.doubts, state.data.waiting]).toEqual([[], []]);
});

test("misbehaviour of the API stops every lane, until a resume, also one during the turn that reports it", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  const behaviour = { waitReason: { kind: "behaviour", reason: "it replaces" }, deferred: 4, isDone: false } as const;
  state.report(report("0", 0, behaviour), 5);
  expect(ordersOf(state, 5)).toEqual([
    ["0", []],
    ["a", []],
  ]);
  state.resume(10);
  expect(ordersOf(state, 10)).toHaveLength(2);
  state.report(report("a", 0, { ...behaviour, turn: 9 }), 11);
  expect([ordersOf(state, 11), state.data.waitReason]).toEqual([[], undefined]);
});

test("a chunk gets its last round when the time to give up has passed since it first failed, and a resume restarts that time", () => {
  const state = new BatchState({ ...input, giveUpAfterMs: 45_000 }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 2, turn: 1_000_000 }), 1_000_000);
  ordersOf(state, 1_030_000);
  state.report(report("a", 0, { retryable: 2 }), 1_031_000);
  expect(state.data.waiting[0]?.dueAt).toBe(1_045_000);
  state.resume(1_040_000);
  ordersOf(state, 1_040_000);
  state.report(report("a", 0, { retryable: 2 }), 1_041_000);
  expect(state.data.waiting[0]?.dueAt).toBe(1_085_000);
  expect(ordersOf(state, 1_085_000)).toContainEqual(["a", [{ from: 0, to: 1, isLast: true }]]);
  state.report(report("a", 0, { retryable: 2 }), 1_085_500);
  expect(state.data.waiting).toEqual([]);
});

test("ambiguous rows do not end as failed while the batch is blocked", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 1 }, giveUpAfterMs: 10_000 }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ambiguous: 1, turn: 0 }), 1);
  const waitReason = { kind: "credentials", reason: "APIGW.0301" } as const;
  state.report(report("b", 0, { deferred: 1, isDone: false, waitReason }), 2);
  expect(ordersOf(state, 20_000)).toContainEqual(["a", [{ from: 0, to: 1 }]]);
});

test("a batch gives up after a time without progress, and never while it waits for an operator", () => {
  const unavailable = { kind: "unavailable", reason: "HTTP 503" } as const;
  const left = { counts: { outcomes: {}, settledTickets: 0 }, isDone: false, deferred: 4 };
  const state = new BatchState(input, 0);
  expect(state.givesUpAt).toBeUndefined();
  state.report(report("0", 0, { ...left, waitReason: unavailable }), 5_000);
  state.report(report("a", 0, { ...left, waitReason: unavailable }), 9_000);
  expect(state.givesUpAt).toBe(1_005_000);
  state.report(report("0", 0, { ...left, counts: { outcomes: { created: 1 }, settledTickets: 1 } }), 10_000);
  expect(state.givesUpAt).toBeUndefined();
  state.report(report("0", 0, { ...left, waitReason: unavailable }), 11_000);
  state.pause(11_500);
  expect(state.givesUpAt).toBeUndefined();
  state.resume(12_000);
  state.report(
    report("0", 0, { ...left, waitReason: { kind: "credentials", reason: "APIGW.0301" }, turn: 13_000 }),
    13_000,
  );
  state.report(report("a", 0, { ...left, waitReason: unavailable, turn: 13_000 }), 14_000);
  expect([state.data.waitReason?.kind, state.data.waitingSince, state.givesUpAt]).toEqual([
    "credentials",
    13_000,
    undefined,
  ]);
});

test("no other wait reason hides misbehaviour of the API", () => {
  const state = new BatchState(input, 0);
  const left = { counts: { outcomes: {}, settledTickets: 0 }, isDone: false, deferred: 4 };
  const behaviour = { kind: "behaviour", reason: "it replaces" } as const;
  state.report(report("0", 0, { ...left, waitReason: behaviour }), 1);
  for (const kind of ["slow-down", "credentials"] as const) {
    state.report(report("a", 0, { ...left, waitReason: { kind, reason: "" } }), 2);
  }
  expect(state.data.waitReason).toEqual(behaviour);
  state.resume(3);
  expect(state.data.waitReason).toBeUndefined();
});

test("a wait reason stands until a lane reports progress", () => {
  const state = new BatchState(input, 0);
  const waitReason = { kind: "credentials", reason: "APIGW.0301" } as const;
  state.report({ ...report("0", 0, { isDone: false, deferred: 4, waitReason }) }, 1);
  expect(state.data.waitReason).toEqual(waitReason);
  state.report(report("0", 0), 2);
  expect(state.data.waitReason).toBeUndefined();
});

test("a lane that settled nothing does not clear the wait reason of another lane", () => {
  const state = new BatchState(input, 0);
  const waitReason = { kind: "permission", reason: "OSM.01010002" } as const;
  const nothing = { counts: { outcomes: {}, settledTickets: 0 }, isDone: false, deferred: 4 };
  state.report(report("0", 0, { ...nothing, waitReason }), 1);
  state.report(report("a", 0, nothing), 2);
  expect(state.data.waitReason).toEqual(waitReason);
  state.report(report("a", 0, { ...nothing, counts: { outcomes: { created: 3 }, settledTickets: 1 } }), 3);
  expect(state.data.waitReason).toBeUndefined();
});

test("a wait reason of a turn from before the resume does not block the batch again", () => {
  const state = new BatchState(input, 0);
  const waitReason = { kind: "credentials", reason: "APIGW.0301" } as const;
  state.report(report("0", 0, { isDone: false, deferred: 4, waitReason }), 100);
  state.resume(200);
  state.report(report("a", 0, { turn: 150, isDone: false, deferred: 1, waitReason }), 250);
  expect(state.data.waitReason).toBeUndefined();
  state.report(report("a", 0, { turn: 300, isDone: false, deferred: 1, waitReason }), 350);
  expect(state.data.waitReason).toEqual(waitReason);
});

test("a batch continues in the next run from the state of the last one", () => {
  const state = new BatchState(input, 5);
  ordersOf(state, 5);
  state.report(report("0", 0), 6);
  state.report(report("0", 1), 6);
  state.report(report("a", 0, { retryable: 1 }), 7);
  const stored = structuredClone(state.data);
  const next = new BatchState({ ...input, state: stored }, 1_000);
  expect([next.data.startedAt, ordersOf(next, 30_007)]).toEqual([5, [["a", [{ from: 0, to: 1 }]]]]);
});

test("a batch moves to the shared lane with the chunks that its lanes have left", () => {
  const state = new BatchState({ ...input, chunks: { a: 3, b: 2 } }, 0);
  ordersOf(state, 0);
  const result = { deferred: 0, retryable: 0, ambiguous: 0 };
  state.report({ ...result, lane: "a", index: 0, turn: 1, isDone: true }, 1);
  state.report({ ...result, deferred: 1, needsSharedLane: true, lane: "b", index: 0, turn: 2, isDone: false }, 2);
  expect(ordersOf(state, 2)).toEqual([
    ["a", [], "confirm"],
    ["b", [], "confirm"],
  ]);
  const { sequence } = state.data;
  state.orderTaken({ lane: "a", sequence }, 3);
  expect(ordersOf(state, 3)).toEqual([]);
  // A turn that ends before its lane confirms still counts.
  state.report({ ...result, retryable: 1, lane: "b", index: 0, turn: 2, isDone: true }, 3);
  state.orderTaken({ lane: "b", sequence }, 3);
  expect(ordersOf(state, 3)).toEqual([
    [
      "all",
      [
        { from: 1, to: 3, lane: "a" },
        { from: 1, to: 2, lane: "b" },
      ],
    ],
  ]);
  for (const [lane, index] of [
    ["a", 1],
    ["a", 2],
    ["b", 1],
  ] as const)
    state.report({ ...result, lane, index, turn: 4, isDone: true }, 4);
  expect(ordersOf(state, 3 + 30_000)).toEqual([["all", [{ from: 0, to: 1, lane: "b" }]]]);
  state.report({ ...result, lane: "b", index: 0, turn: 5, isDone: true }, 5);
  expect(state.isDone).toBe(true);
});

test("a lane without chunks gets no order, and the lanes that have some are sorted", () => {
  const state = new BatchState({ ...input, chunks: { c: 1, b: 0, a: 1 } }, 0);
  expect(state.openLanes).toEqual(["a", "c"]);
  expect(ordersOf(state, 0).map(([lane]) => lane)).toEqual(["c", "a"]);
});

test("while a batch moves, a lane that has confirmed works no chunk that becomes due", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 1 } }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1 }), 1);
  state.report(report("b", 0, { needsSharedLane: true, deferred: 1, isDone: false }), 2);
  expect(ordersOf(state, 2)).toEqual([["b", [], "confirm"]]);
  expect(ordersOf(state, 30_001).map(([lane]) => lane)).not.toContain("a");
});

test("an order has the batch's account and rate, until an operator changes them", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 }, account: "acme" }, 0);
  const next = () => {
    state.laneEnded("a");
    return state.takeOrders(1, 7)[0]?.order;
  };
  const order = { batchId: "b", kind: "create", runStartedAt: 7, sentAt: 1, resumes: 0, ranges: [{ from: 0, to: 1 }] };
  expect(next()).toStrictEqual({ ...order, sequence: 1, account: "acme" });
  state.setMaxRate(4);
  expect(next()).toStrictEqual({ ...order, sequence: 2, account: "acme", maxRate: 4 });
  state.resume(2, { account: "other" });
  expect(next()).toStrictEqual({ ...order, sequence: 3, account: "other", maxRate: 4, resumes: 1 });
  state.resume(3, { account: null });
  expect(next()).toStrictEqual({ ...order, sequence: 4, maxRate: 4, resumes: 2 });
  state.resume(4);
  expect(next()?.account).toBeUndefined();
});

test("a new rate is sent to the lanes that have chunks, and to no others", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.report(report("a", 0), 1);
  state.setMaxRate(4);
  expect(ordersOf(state, 1).map(([lane]) => lane)).toEqual(["0"]);
});

const counts = (created: number, settledTickets: number) => ({ outcomes: { created }, settledTickets });

test("a batch counts the tickets of several turns of a chunk, and forgets a chunk that is finished", () => {
  const state = new BatchState({ ...input, chunks: { a: 2 } }, 0);
  state.report(report("a", 0, { counts: counts(2, 1), deferred: 1, isDone: false }), 1);
  state.report(report("a", 0, { counts: counts(5, 3), deferred: 1, isDone: false }), 2);
  expect([state.data.outcomes, state.data.settledTickets]).toEqual([{ created: 5 }, 3]);
  expect(Object.keys(state.data.partial)).toEqual(["a-0"]);
  state.report(report("a", 0, { counts: counts(6, 4) }), 3);
  expect([state.data.outcomes, state.data.settledTickets, state.data.partial]).toEqual([{ created: 6 }, 4, {}]);
  state.report(report("a", 1, { counts: counts(1, 1), retryable: 1 }), 4);
  expect([state.data.outcomes, state.data.settledTickets]).toEqual([{ created: 7 }, 5]);
});

test("a batch moves to the shared lane also if the lane that finds out had no chunk left to work", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 1 }), 1);
  // A late order made the lane work the chunk again, which waits for its next round.
  state.report(report("a", 0, { deferred: 1, isDone: false, needsSharedLane: true }), 2);
  const [sent] = state.takeOrders(2);
  expect(sent?.order.mustConfirm).toBe(true);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 3);
  expect([state.data.isShared, state.data.isMoving]).toEqual([true, undefined]);
  state.startDue(40_000);
  expect(ordersOf(state, 40_000)).toEqual([["all", [{ from: 0, to: 1, lane: "a" }]]]);
});
