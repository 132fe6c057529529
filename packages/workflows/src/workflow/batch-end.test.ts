import { expect, test } from "vitest";
import { failedReport, input, ordersOf, report } from "../../test/support/batch-reports.ts";
import { SHARED_LANE } from "./contracts.ts";
import { BatchState } from "./batch-state.ts";
import { LaneQueue } from "./lane-queue.ts";

test("a batch ends when its lanes have confirmed and its ambiguous tickets are read, or after the last of several reads", () => {
  const state = new BatchState(input, 0);
  ordersOf(state, 0);
  state.end(1_000);
  expect(ordersOf(state, 1_000)).toEqual([
    ["0", [], "confirm"],
    ["a", [], "confirm"],
  ]);
  state.report(failedReport("a", 0), 2_000);
  const { sequence } = state.data;
  state.orderTaken({ lane: "a", sequence }, 2_000);
  state.orderTaken({ lane: "0", sequence: 0 }, 2_000); // an older order
  expect(state.isOver).toBe(false);
  state.orderTaken({ lane: "0", sequence }, 3_000);
  const reads: unknown[] = [];
  for (let now = 3_000; !state.isOver; now = state.nextDueAt ?? now) {
    const orders = ordersOf(state, now);
    reads.push(...orders);
    if (orders.length > 0) state.report(failedReport("a", 0, { resolveOnly: true }), now);
    expect(now).toBeLessThan(200_000);
  }
  const read = { from: 0, to: 1, resolveOnly: true };
  const later = Array.from({ length: 4 }, () => ["a", [read]]);
  expect(reads).toEqual([...later, ["a", [{ ...read, isLast: true }]]]);
});

test("a batch that ends waits for its lanes before it reads ambiguous tickets, and for no time that has passed", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ambiguous: 1, deferred: 1, isDone: false }), 500);
  state.end(1_000);
  ordersOf(state, 1_000);
  expect(state.nextDueAt).toBe(20_500); // the order again
});

test.for(["a", SHARED_LANE])("a batch that ends reads a chunk if the run of lane %s has not worked it", (lane) => {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  if (lane === SHARED_LANE) state.data.isShared = true;
  ordersOf(state, 0);
  state.end(1);
  ordersOf(state, 1);
  state.orderTaken({ lane, sequence: state.data.sequence, isUnproven: true }, 2);
  const range = { ...(lane === SHARED_LANE && { lane: "a" }), from: 0, to: 1, resolveOnly: true };
  expect([state.isOver, ordersOf(state, 2)]).toEqual([false, [[lane, [range]]]]);
  state.report(report("a", 0, { deferred: 3, isDone: false, resolveOnly: true }), 3);
  expect(state.isOver).toBe(true);
});

test("a batch that ends asks a lane again that works for it after its confirmation, because an order was late", () => {
  const state = new BatchState({ ...input, chunks: { a: 2 } }, 0);
  ordersOf(state, 0);
  state.report(failedReport("a", 0), 500);
  state.end(1_000);
  ordersOf(state, 1_000);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 1_500);
  state.report(report("a", 0, { turn: 1_600 }), 2_000);
  expect(state.isOver).toBe(false);
  expect(ordersOf(state, 2_000)).toEqual([["a", [], "confirm"]]);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 2_500);
  expect(state.isOver).toBe(true);
});

/** A batch that ends, whose lane has confirmed that, and that has an ambiguous ticket. */
function endWithAmbiguousTicket(): BatchState {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { ambiguous: 1, deferred: 1, isDone: false }), 1);
  state.end(2);
  ordersOf(state, 2);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 3);
  return state;
}

/** The lanes get their orders and confirm them. */
function confirmAll(state: BatchState, now: number): void {
  ordersOf(state, now);
  const { sequence, unconfirmed } = state.data;
  for (const lane of unconfirmed?.lanes ?? []) state.orderTaken({ lane, sequence }, now);
}

const sharedReadOf = (index: number) => [SHARED_LANE, [{ lane: "a", from: index, to: index + 1, resolveOnly: true }]];
const readOf = (index: number) => ["a", [{ from: index, to: index + 1, resolveOnly: true }]];

test("a batch that ends without a worker, and without a known ambiguous ticket, ends soon", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  ordersOf(state, 0);
  state.end(1);
  ordersOf(state, 1);
  state.orderTaken({ lane: "a", sequence: state.data.sequence, isUnproven: true }, 2);
  expect(ordersOf(state, 2)).toHaveLength(1);
  state.report(failedReport("a", 0, { resolveOnly: true, isUntaken: true }), 5_000);
  expect(state.isOver).toBe(true);
});

test("a batch that ends does not wait for a worker that reads its ambiguous tickets", () => {
  const state = endWithAmbiguousTicket();
  for (let now = 3; !state.isOver; now = state.nextDueAt ?? now) {
    if (ordersOf(state, now).length > 0)
      state.report(failedReport("a", 0, { resolveOnly: true, isUntaken: true }), now);
    expect(now).toBeLessThan(200_000);
  }
});

test("a batch that was started again looks for ambiguous tickets before it ends", () => {
  const state = new BatchState({ ...input, chunks: { a: 3 }, isRestart: true }, 0);
  ordersOf(state, 0);
  state.end(1);
  confirmAll(state, 1);
  expect(ordersOf(state, 2)).toEqual([readOf(0)]);
  state.report(
    report("a", 0, { deferred: 3, isDone: false, resolveOnly: true, otherDoubts: [{ lane: "a", index: 2 }] }),
    3,
  );
  expect(ordersOf(state, 3)).toEqual([readOf(2)]);
  state.report(report("a", 2, { resolveOnly: true }), 4);
  // An earlier run may have moved: then only the lease of the shared lane names what it left.
  expect([state.isOver, ordersOf(state, 4)]).toEqual([false, [sharedReadOf(0)]]);
  const shared = { deferred: 3, isDone: false, resolveOnly: true, isShared: true } as const;
  state.report(report("a", 0, { ...shared, otherDoubts: [{ lane: "a", index: 1 }] }), 5);
  expect(ordersOf(state, 5)).toEqual([sharedReadOf(1)]);
  state.report(report("a", 1, shared), 6);
  expect(state.isOver).toBe(true);
});

test("a batch that was started again takes back what the run before ordered of the shared lane", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 }, isRestart: true }, 0);
  expect(ordersOf(state, 0)).toEqual([
    ["a", [{ from: 0, to: 1 }]],
    [SHARED_LANE, []],
  ]);
  state.pause(1);
  ordersOf(state, 1);
  state.report(report("a", 0, { turn: 2, deferred: 5, isDone: false, isShared: true }), 3);
  expect(ordersOf(state, 3)).toEqual([[SHARED_LANE, []]]);
});

test("a batch that was started again, moved and is cancelled reads what only its own lanes' leases name", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 3 }, isRestart: true }, 0);
  ordersOf(state, 0);
  const left = { deferred: 1, isDone: false };
  state.report(report("a", 0, { ...left, needsSharedLane: true }), 1);
  confirmAll(state, 1);
  ordersOf(state, 2);
  state.report(report("a", 0, { ...left, isShared: true }), 3);
  state.end(4);
  confirmAll(state, 4);
  expect(ordersOf(state, 5)).toEqual([["b", [{ from: 0, to: 1, resolveOnly: true }]]]);
  state.report(report("b", 0, { deferred: 1, isDone: false, resolveOnly: true }), 6);
  expect(state.isOver).toBe(true);
});

test("a batch that was started again still looks for ambiguous tickets if no worker took its chunks", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 }, isRestart: true }, 0);
  ordersOf(state, 0);
  state.report(failedReport("a", 0, { isUntaken: true }), 1);
  state.end(2);
  confirmAll(state, 2);
  expect(ordersOf(state, 3)).toEqual([readOf(0)]);
});

test("a batch that ends counts failed turns between reads of ambiguous tickets as fruitless", () => {
  const state = endWithAmbiguousTicket();
  const ranges: unknown[] = [];
  for (const read of [failedReport, report, failedReport, report]) {
    const now = state.nextDueAt ?? 0;
    ranges.push(...ordersOf(state, now));
    state.report(read("a", 0, { ambiguous: read === report ? 1 : 0, resolveOnly: true }), now);
  }
  expect(ranges).toHaveLength(4);
  const last = { from: 0, to: 1, resolveOnly: true, isLast: true };
  expect(ordersOf(state, state.nextDueAt ?? 0)).toEqual([["a", [last]]]);
});

test("a batch that gave up on a chunk ends only when the lane has confirmed that it works it no more", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 }, giveUpAfterMs: 10_000 }, 0);
  ordersOf(state, 0);
  state.report(report("a", 0, { retryable: 2 }), 1_000);
  ordersOf(state, 31_000);
  state.report(report("a", 0, { retryable: 2 }), 32_000);
  expect(state.isDone).toBe(true);
  state.end(32_000);
  expect([state.isOver, ordersOf(state, 32_000)]).toEqual([false, [["a", [], "confirm"]]]);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 32_001);
  expect(state.isOver).toBe(true);
});

test("a batch that ends moves no more", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  ordersOf(state, 0);
  const turn = { deferred: 1, retryable: 0, ambiguous: 0, lane: "a", index: 0, turn: 1, isDone: false };
  state.report({ ...turn, counts: { outcomes: {}, settledTickets: 0 }, needsSharedLane: true }, 1);
  ordersOf(state, 1);
  state.end(2);
  expect(ordersOf(state, 2)).toEqual([["a", [], "confirm"]]);
  state.orderTaken({ lane: "a", sequence: state.data.sequence }, 3);
  expect(state.isOver).toBe(true);
});

test("a batch that was started again does not count a confirmation that its lane gave to the run before", () => {
  const before = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  const lane = new LaneQueue();
  const send = (state: BatchState, run: string, now: number) => {
    for (const { lane: name, order } of state.takeOrders(now, now)) if (name === "a") lane.take({ ...order, run });
  };
  send(before, "terminated", 0);
  before.end(10);
  send(before, "terminated", 10);
  const [late] = lane.takeConfirmations("a"); // its signal is under way when the batch is started again
  const state = new BatchState({ ...input, chunks: { a: 1 }, isRestart: true }, 20);
  send(state, "restarted", 20);
  expect(lane.next(20)).toBeDefined(); // the lane works for the new run
  state.end(30);
  if (late) state.orderTaken(late.taken, 31);
  expect(state.data.unconfirmed?.lanes).toEqual(["a", SHARED_LANE]);
  send(state, "restarted", 32);
  const [answer] = lane.takeConfirmations("a");
  if (answer) state.orderTaken(answer.taken, 33);
  expect(state.data.unconfirmed?.lanes).toEqual([SHARED_LANE]);
});
