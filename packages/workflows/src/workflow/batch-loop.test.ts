import { expect, test } from "vitest";
import { BatchLoop } from "./batch-loop.ts";
import type { BatchInput, ChunkReport } from "./contracts.ts";

const input: BatchInput = {
  batchId: "b",
  kind: "create",
  endpointKey: "api",
  chunks: { a: 1 },
  rows: 3,
  tickets: 1,
  giveUpAfterMs: 1_000_000,
};

const done: ChunkReport = {
  turn: 1,
  lane: "a",
  index: 0,
  counts: { outcomes: { created: 3 }, settledTickets: 1 },
  deferred: 0,
  retryable: 0,
  ambiguous: 0,
  isDone: true,
};

test("a batch sends its orders, waits until a lane has been silent for 20 s, and is over with the last report", () => {
  const loop = new BatchLoop(input, 0);
  expect(loop.step(0, 5)).toMatchObject({
    kind: "send",
    orders: [{ lane: "a", order: { runStartedAt: 5, sequence: 1, ranges: [{ from: 0, to: 1 }] } }],
    stopsTurns: false,
    isResumed: false,
  });
  expect(loop.step(0, 5)).toEqual({ kind: "wait", dueAt: 20_000 });
  loop.state.report(done, 1);
  expect(loop.step(1, 5)).toEqual({ kind: "over" });
});

test("the next orders, and only these, stop turns and announce a resume", () => {
  const loop = new BatchLoop(input, 0);
  loop.stopTurns();
  loop.announceResume();
  expect(loop.step(0, 0)).toMatchObject({ kind: "send", stopsTurns: true, isResumed: true });
  loop.state.laneEnded("a");
  expect(loop.step(1, 0)).toMatchObject({ kind: "send", stopsTurns: false, isResumed: false });
});

test("a batch without progress gives up after its time, but not while it is paused", () => {
  const loop = new BatchLoop(input, 0);
  loop.step(0, 0);
  const { counts: _, ...failed } = done;
  loop.state.report(
    { ...failed, deferred: 1, isDone: false, waitReason: { kind: "unavailable", reason: "down" } },
    1_000,
  );
  loop.state.pause(2_000);
  loop.step(2_000_000, 0);
  expect(loop.state.data.isEnding).toBe(false);
  loop.state.resume(2_000_000);
  loop.state.report(
    { ...failed, turn: 2_000_001, deferred: 1, isDone: false, waitReason: { kind: "unavailable", reason: "down" } },
    2_000_001,
  );
  loop.step(3_000_001, 0);
  expect(loop.state.data.isEnding).toBe(true);
});

/** Resumes a batch at 22 s; returns its next steps and its data. */
const resume = (loop: BatchLoop) => {
  loop.state.resume(22_000);
  return [loop.step(22_000, 0), loop.step(22_001, 0), structuredClone(loop.state.data)];
};

test("a paused batch that is resumed goes on in the same way, whether a report was handled when it came or with the resume", () => {
  const twoLanes = { ...input, chunks: { a: 1, b: 1 }, rows: 6, tickets: 2 };
  const pausedAt500 = (): BatchLoop => {
    const loop = new BatchLoop(twoLanes, 0);
    loop.step(0, 0);
    loop.state.pause(500);
    loop.step(500, 0);
    return loop;
  };
  const report = { ...done, deferred: 1, isDone: false, sentAt: 1_000 };
  // Without commands: a worker may take this task and the next one for one.
  const asTwo = pausedAt500();
  asTwo.state.report(report, 1_100);
  expect(asTwo.step(1_100, 0)).toEqual({ kind: "wait" });
  const asOne = pausedAt500();
  asOne.state.report(report, 22_000);
  expect(resume(asOne)).toEqual(resume(asTwo));
});
