import { expect, test } from "vitest";
import { input, ordersOf, report } from "../../test/support/batch-reports.ts";
import { acceptanceFor, MOST_KINDS, proofOf } from "./batch-rejections.ts";
import { BatchLoop } from "./batch-loop.ts";
import { BatchState } from "./batch-state.ts";
import type { Acceptance, ChunkReport, RejectionsSeen } from "./contracts.ts";

/** A batch of 100 tickets with two chunks in lane 0 and one in lane a. */
const open = (tickets = 100): BatchState => new BatchState({ ...input, tickets }, 0);

const seen = (kind: string, tickets: number): RejectionsSeen => ({
  kind,
  tickets,
  reason: { kind: kind.startsWith("code") ? "behaviour" : "permission", reason: `all ${kind}`, rejection: kind },
});

/** Nothing is settled; `rejections` wait for the batch. */
const rejectedIn = (lane: string, index: number, rejections: RejectionsSeen[], more: Partial<ChunkReport> = {}) =>
  report(lane, index, { counts: { outcomes: {}, settledTickets: 0 }, retryable: 1, rejections, ...more });

/** The orders, with what the API accepted. */
const acceptedOf = (state: BatchState, now: number) => {
  state.startDue(now);
  return state.takeOrders(now).map(({ lane, order: { ranges, accepted } }) => [lane, ranges, accepted]);
};

test.for([
  ["read service", 100, 20],
  ["write service", 7, 7],
  ["read service", 2, undefined],
  ["write gateway", 100, 3],
  ["read endpoint", 1, 1],
  ["code OSM.1", 100, 8],
  ["code gateway", 5, 5],
  ["code OSM.1", 2, undefined],
] as const)("%s in a batch of %d tickets is proven by %s", ([kind, tickets, proof]) => {
  expect(proofOf(kind, tickets)).toBe(proof);
});

test("reads and writes are compared separately, and codes with writes that succeeded", () => {
  expect(["read service", "write gateway", "code OSM.1"].map(acceptanceFor)).toEqual(["read", "write", "success"]);
});

test("rejections of several chunks and workers add up to a proof, and nothing of them is settled", () => {
  const state = open();
  ordersOf(state, 0);
  state.report(rejectedIn("0", 0, [seen("read service", 12)]), 10);
  expect(state.data.waitReason).toBeUndefined();
  state.report(rejectedIn("a", 0, [seen("read service", 8)]), 20);
  expect(state.data.waitReason).toMatchObject({ kind: "permission", reason: "all read service" });
  expect(acceptedOf(state, 31_000)).toEqual([
    ["0", expect.anything(), []],
    ["a", [{ from: 0, to: 1 }], []],
  ]);
});

test("repeated reports of a chunk count a ticket once", () => {
  const state = open();
  for (const tickets of [12, 10, 19]) {
    state.report(rejectedIn("0", 0, [seen("read service", tickets)], { deferred: 5, isDone: false }), 10);
    expect(state.data.waitReason).toBeUndefined();
  }
  expect(state.data.access?.kinds["read service"]?.tickets).toEqual({ "0-0": 19 });
});

test("a chunk that is done keeps a batch blocked as long as the rejections stand", () => {
  const state = open();
  state.report(rejectedIn("0", 0, [seen("read service", 20)]), 10);
  state.report(report("a", 0), 20);
  expect(state.data.waitReason?.kind).toBe("permission");
  state.report(report("0", 1, { accepted: ["read"] }), 30);
  expect(state.data.waitReason).toBeUndefined();
});

test("what one worker saw accepted is known to the next turn of a rejected ticket, which is due immediately", () => {
  const state = open();
  ordersOf(state, 0);
  state.report(rejectedIn("a", 0, [seen("write service", 1)], { accepted: ["read"] }), 10);
  expect(ordersOf(state, 20)).toEqual([]);
  state.report(report("0", 0, { accepted: ["read", "write", "success"] }), 30);
  expect(acceptedOf(state, 30)).toEqual([["a", [{ from: 0, to: 1 }], ["read", "write", "success"]]]);
});

test("the lane of a chunk that is worked learns what others saw with a new order", () => {
  const state = open();
  ordersOf(state, 0);
  const inProgress = rejectedIn("0", 0, [seen("read service", 1)], { deferred: 3, isDone: false });
  state.report(inProgress, 10);
  state.report(report("a", 0, { accepted: ["read"] }), 20);
  expect(ordersOf(state, 20)).toEqual([]);
  state.report(inProgress, 30);
  expect(acceptedOf(state, 30)).toEqual([["0", [{ from: 0, to: 2 }], ["read"]]]);
});

test("a worker's own proof does not count if another worker saw a ticket accepted, in any order", () => {
  const proof = rejectedIn("0", 0, [seen("code OSM.1", 8)], {
    waitReason: seen("code OSM.1", 8).reason,
    deferred: 3,
    isDone: false,
  });
  const success = report("a", 0, { accepted: ["success"] });
  for (const reports of [
    [proof, success],
    [success, proof],
  ]) {
    const state = open();
    ordersOf(state, 0);
    for (const each of reports) state.report(each, 10);
    expect(state.data.waitReason).toBeUndefined();
    expect(acceptedOf(state, 10)).toContainEqual(["0", [{ from: 0, to: 2 }], ["success"]]);
  }
});

test("a worker's own proof counts if the batch knows of no accepted ticket", () => {
  const state = open();
  const { reason: waitReason } = seen("read gateway", 1);
  state.report(
    rejectedIn("0", 0, [seen("read gateway", 1)], { waitReason, deferred: 3, isDone: false, accepted: ["write"] }),
    10,
  );
  expect(state.data.waitReason).toEqual(waitReason);
  state.report(rejectedIn("a", 0, [seen("read service", 1)]), 20);
  expect(state.data.waitReason).toEqual(waitReason);
});

test("proven undocumented codes stop the lanes", () => {
  const state = open();
  ordersOf(state, 0);
  state.report(rejectedIn("0", 0, [seen("code OSM.1", 5)]), 10);
  state.report(rejectedIn("a", 0, [seen("code OSM.1", 3)]), 20);
  expect([state.data.waitReason?.kind, state.data.heldAt]).toEqual(["behaviour", 20]);
  expect(ordersOf(state, 20)).toEqual([
    ["0", []],
    ["a", []],
  ]);
});

test("without another ticket to compare with, rejections are their tickets' own as soon as all were tried", () => {
  const state = open();
  ordersOf(state, 0);
  state.report(rejectedIn("0", 0, [seen("read service", 2)]), 10);
  state.report(rejectedIn("a", 0, []), 20);
  expect(ordersOf(state, 20)).toEqual([]);
  state.report(report("0", 1), 30);
  expect(ordersOf(state, 30)).toEqual([["0", [{ from: 0, to: 1, isCompared: true }]]]);
  state.report(report("0", 0), 40);
  expect(ordersOf(state, 50)).toEqual([]);
  expect(ordersOf(state, 31_000)).toEqual([["a", [{ from: 0, to: 1 }]]]);
});

test("tickets that failed before the first rejection are tried again before it is their ticket's own", () => {
  const state = open();
  ordersOf(state, 0);
  for (const [lane, index] of [
    ["0", 0],
    ["0", 1],
    ["a", 0],
  ] as const)
    state.report(rejectedIn(lane, index, []), 10);
  ordersOf(state, 31_000);
  ordersOf(state, 31_000);
  state.report(rejectedIn("0", 0, [seen("read service", 2)]), 31_000);
  state.report(rejectedIn("0", 1, []), 31_100);
  expect(ordersOf(state, 31_100)).toEqual([]);
  state.report(rejectedIn("a", 0, [seen("read service", 1)]), 31_200);
  expect(ordersOf(state, 31_200)).toEqual([]);
  expect(ordersOf(state, 33_300)).toEqual([
    ["0", [{ from: 0, to: 1, isCompared: true }]],
    ["a", [{ from: 0, to: 1, isCompared: true }]],
  ]);
});

test("tickets with different kinds of rejections follow each other when nothing else is left", () => {
  const state = open(3);
  ordersOf(state, 0);
  state.report(rejectedIn("0", 0, [seen("code OSM.1", 1)]), 10);
  state.report(rejectedIn("0", 1, [seen("code OSM.2", 1)]), 10);
  state.report(rejectedIn("a", 0, [seen("code OSM.3", 1)]), 10);
  for (const [lane, index] of [
    ["0", 0],
    ["0", 1],
    ["a", 0],
  ] as const) {
    expect(ordersOf(state, 10)).toEqual([[lane, [{ from: index, to: index + 1, isCompared: true }]]]);
    state.report(report(lane, index), 10);
  }
  expect(state.isDone).toBe(true);
});

test("a chunk that keeps reporting a rejection that was placed gets its turns with pauses", () => {
  const state = open();
  ordersOf(state, 0);
  const again = rejectedIn("a", 0, [seen("read service", 1)], { accepted: ["read"] });
  const dueAfter = (now: number): number => {
    state.report(again, now);
    state.startDue(now);
    const { dueAt = now } = state.data.waiting[0] ?? {};
    state.startDue(dueAt);
    return dueAt - now;
  };
  expect([0, 1_000, 10_000, 20_000].map(dueAfter)).toEqual([0, 2_000, 4_000, 8_000]);
});

test("a resume clears what was rejected and accepted, and reports of turns from before change nothing", () => {
  const state = open();
  state.report(rejectedIn("0", 0, [seen("read service", 19)], { accepted: ["write"], turn: 5 }), 10);
  state.resume(20);
  expect(state.data.access).toBeUndefined();
  state.report(rejectedIn("a", 0, [seen("read service", 19)], { turn: 15 }), 30);
  expect([state.data.access, state.data.waitReason]).toEqual([undefined, undefined]);
  state.report(rejectedIn("0", 1, [seen("read service", 1)], { turn: 15 }), 30);
  expect(state.data.waiting).toHaveLength(3);
  expect(state.data.waiting.some(({ unplaced, isCompared }) => unplaced ?? isCompared)).toBe(false);
});

test("rows that wait for the batch to decide do not fail when the time to give up comes", () => {
  const state = new BatchState({ ...input, tickets: 100, giveUpAfterMs: 1_000 }, 0);
  ordersOf(state, 0);
  state.report(rejectedIn("a", 0, [seen("read service", 1)]), 10);
  ordersOf(state, 20_010); // the lane is silent
  expect(ordersOf(state, 30_010)).toEqual([["a", [{ from: 0, to: 1 }]]]);
  state.report(rejectedIn("a", 0, [seen("read service", 1)]), 30_020);
  state.report(report("0", 0, { accepted: ["read"] }), 30_030);
  expect(ordersOf(state, 30_030)).toEqual([]);
  expect(ordersOf(state, 32_030)).toEqual([["a", [{ from: 0, to: 1, isLast: true }]]]);
});

test("the facts continue with the state of the next run", () => {
  const state = open();
  state.report(rejectedIn("0", 0, [seen("read service", 12)], { accepted: ["write"] }), 10);
  const next = new BatchLoop({ ...input, tickets: 100, state: structuredClone(state.data) }, 20);
  next.state.report(rejectedIn("a", 0, [seen("read service", 8)]), 30);
  expect(next.state.data.waitReason?.kind).toBe("permission");
  expect(next.state.data.access?.accepted).toEqual<Acceptance[]>(["write"]);
});

test("a report of an earlier version counts as before", () => {
  const state = open();
  const waitReason = { kind: "permission" as const, reason: "every ticket was rejected so far" };
  state.report(report("0", 0, { waitReason, deferred: 3, isDone: false }), 10);
  expect([state.data.waitReason, state.data.access]).toEqual([waitReason, undefined]);
});

test("further kinds of rejections change nothing, and their tickets do not wait for ever", () => {
  const state = open();
  ordersOf(state, 0);
  const kinds = Array.from({ length: MOST_KINDS + 4 }, (_, at) => seen(`code OSM.${at}`, 1));
  state.report(rejectedIn("0", 0, kinds.slice(0, MOST_KINDS)), 10);
  state.report(rejectedIn("0", 1, kinds.slice(MOST_KINDS)), 10);
  expect(Object.keys(state.data.access?.kinds ?? {})).toHaveLength(MOST_KINDS);
  state.report(report("a", 0), 20);
  expect(ordersOf(state, 20)).toEqual([
    [
      "0",
      [
        { from: 0, to: 1, isCompared: true },
        { from: 1, to: 2, isCompared: true },
      ],
    ],
  ]);
});
