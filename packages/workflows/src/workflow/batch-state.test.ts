import { expect, test } from "vitest";
import type { BatchInput, ChunkReport } from "./contracts.ts";
import { BatchState } from "./batch-state.ts";

const input: BatchInput = {
  batchId: "b",
  kind: "create",
  endpointKey: "api",
  chunks: { "0": 2, a: 1 },
  rows: 9,
  tickets: 3,
  giveUpAfterMs: 1_000_000,
};

const report = (lane: string, index: number, more: Partial<ChunkReport> = {}): ChunkReport => ({
  turn: 1,
  lane,
  index,
  counts: { outcomes: { created: 3 }, settledTickets: 1 },
  deferred: 0,
  retryable: 0,
  ambiguous: 0,
  isDone: true,
  ...more,
});

test("a batch is done when the first round of all its chunks has ended", () => {
  const state = new BatchState(input, 0);
  expect(state.firstOffer()).toEqual([
    { lane: "0", ranges: [{ from: 0, to: 2 }] },
    { lane: "a", ranges: [{ from: 0, to: 1 }] },
  ]);
  state.report(report("0", 0), 1);
  state.report(report("a", 0), 1);
  expect([state.isDone, state.openLanes]).toEqual([false, ["0"]]);
  state.report(report("0", 1), 1);
  expect([state.isDone, state.data.settledTickets, state.data.outcomes]).toEqual([true, 3, { created: 9 }]);
});

test("a report counts only what is new since the chunk's last one, and a report for an unexpected chunk changes nothing", () => {
  const state = new BatchState(input, 0);
  state.report(report("0", 0, { counts: { outcomes: { created: 1 }, settledTickets: 0 }, isDone: false }), 1);
  state.report(report("0", 0), 2);
  state.report(report("0", 0), 3); // offered twice
  expect([state.data.outcomes, state.data.settledTickets]).toEqual([{ created: 3 }, 1]);
});

test("a chunk with retryable tickets waits for its next round, longer each time", () => {
  const state = new BatchState(input, 0);
  state.report(report("a", 0, { retryable: 2 }), 1_000);
  expect(state.nextDueAt).toBe(31_000);
  expect(state.takeDue(30_999)).toEqual([]);
  expect(state.takeDue(31_000)).toEqual([{ lane: "a", ranges: [{ from: 0, to: 1 }] }]);
  expect([state.nextDueAt, state.openLanes]).toEqual([undefined, ["0", "a"]]);
  state.report(report("a", 0, { retryable: 1 }), 40_000);
  expect(state.nextDueAt).toBe(100_000);
  state.resume(50_000);
  expect(state.takeDue(50_000)).toHaveLength(1);
  state.report(report("a", 0), 60_000);
  state.report(report("0", 0), 60_000);
  state.report(report("0", 1), 60_000);
  expect(state.isDone).toBe(true);
});

test("a retryable chunk gets no further round once its batch ends", () => {
  const state = new BatchState({ ...input, chunks: { a: 2 } }, 0);
  state.report(report("a", 0, { retryable: 1 }), 0);
  state.end();
  state.report(report("a", 1, { retryable: 1 }), 1);
  state.laneRemoved("a");
  expect([state.isDone, state.nextDueAt]).toEqual([true, undefined]);
});

test("a batch waits for no chunk of a lane that has removed it", () => {
  const state = new BatchState(input, 0);
  state.report(report("a", 0, { retryable: 1 }), 0);
  state.takeDue(30_000);
  state.laneRemoved("a");
  state.laneRemoved("0");
  expect(state.isDone).toBe(true);
});

test("a chunk gets its last round when the time to give up has passed since it first failed, and a resume restarts that time", () => {
  const state = new BatchState({ ...input, giveUpAfterMs: 45_000 }, 0);
  state.report(report("a", 0, { retryable: 2, turn: 1_000_000 }), 1_000_000);
  state.takeDue(1_030_000);
  state.report(report("a", 0, { retryable: 2 }), 1_031_000);
  expect(state.nextDueAt).toBe(1_045_000);
  state.resume(1_040_000);
  state.takeDue(1_040_000);
  state.report(report("a", 0, { retryable: 2 }), 1_041_000);
  expect(state.nextDueAt).toBe(1_085_000);
  state.takeDue(1_085_000);
  state.report(report("a", 0, { retryable: 2 }), 1_085_500);
  expect([state.nextDueAt, state.openLanes]).toEqual([undefined, ["0"]]);
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
  state.pause();
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
  state.report(report("0", 0), 6);
  state.report(report("a", 0, { retryable: 1 }), 7);
  const stored = structuredClone(state.data);
  const next = new BatchState({ ...input, state: stored }, 1_000);
  expect([next.data.startedAt, next.openLanes, next.nextDueAt]).toEqual([5, ["0"], 30_007]);
});

test("a batch moves to the shared lane with the chunks that its lanes give back", () => {
  const state = new BatchState({ ...input, chunks: { a: 3, b: 2 } }, 0);
  state.firstOffer();
  const result = { deferred: 0, retryable: 0, ambiguous: 0 };
  state.report({ ...result, lane: "a", index: 0, turn: 1, isDone: true }, 1);
  expect(state.canMove).toBe(false);
  state.report({ ...result, deferred: 1, needsSharedLane: true, lane: "b", index: 0, turn: 2, isDone: false }, 2);
  expect(state.canMove).toBe(true);
  expect(state.startMove()).toEqual(["a", "b"]);
  state.laneRemoved("a");
  expect(state.canMove).toBe(false);
  // A turn that ends before its lane gives back the rest still counts.
  state.report({ ...result, retryable: 1, lane: "b", index: 0, turn: 2, isDone: true }, 3);
  state.laneRemoved("b");
  expect([state.canMove, state.isDone]).toEqual([true, false]);
  expect(state.endMove()).toEqual([
    {
      lane: "all",
      ranges: [
        { from: 1, to: 3, lane: "a" },
        { from: 1, to: 2, lane: "b" },
      ],
    },
  ]);
  expect(state.openLanes).toEqual(["all"]);
  for (const [lane, index] of [
    ["a", 1],
    ["a", 2],
    ["b", 1],
  ] as const)
    state.report({ ...result, lane, index, turn: 4, isDone: true }, 4);
  expect(state.takeDue(3 + 30_000)).toEqual([{ lane: "all", ranges: [{ from: 0, to: 1, lane: "b" }] }]);
  state.report({ ...result, lane: "b", index: 0, turn: 5, isDone: true }, 5);
  expect(state.isDone).toBe(true);
});

test("a paused batch that moves is offered to the shared lane when it is resumed, and a batch that ends moves no more", () => {
  const state = new BatchState({ ...input, chunks: { a: 1 } }, 0);
  state.firstOffer();
  const report = { deferred: 1, retryable: 0, ambiguous: 0, lane: "a", index: 0, turn: 1, isDone: false };
  state.report({ ...report, needsSharedLane: true }, 1);
  state.startMove();
  state.data.isPaused = true;
  state.laneRemoved("a");
  expect(state.canMove).toBe(false);
  state.data.isPaused = false;
  expect(state.canMove).toBe(true);
  state.end();
  expect([state.canMove, state.openLanes]).toEqual([false, ["a"]]);
  state.laneRemoved("a");
  expect(state.isDone).toBe(true);
});

test("when the shared lane gives back a batch, none of its chunks is left", () => {
  const state = new BatchState({ ...input, chunks: { a: 1, b: 4 } }, 0);
  state.report(
    { deferred: 1, retryable: 0, ambiguous: 0, needsSharedLane: true, lane: "a", index: 0, turn: 1, isDone: false },
    1,
  );
  state.startMove();
  state.laneRemoved("a");
  state.laneRemoved("b");
  state.endMove();
  state.end();
  state.laneRemoved("all");
  expect(state.isDone).toBe(true);
});
