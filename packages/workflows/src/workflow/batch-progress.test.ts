import type { BatchSummary } from "@caselink/ledger";
import { expect, test } from "vitest";
import { input, report } from "../../test/support/batch-reports.ts";
import { describeProgress, progressOf } from "./batch-progress.ts";
import { BatchState } from "./batch-state.ts";
import type { WaitReason } from "./contracts.ts";

const behaviour: WaitReason = { kind: "behaviour", reason: "it replaces" };
const slowDown: WaitReason = { kind: "slow-down", reason: "HTTP 429", retryAfterMs: 90_000 };

test("the progress of a batch that has just started has nothing that it does not know", () => {
  expect(progressOf(input, new BatchState(input, 7), "running", undefined)).toStrictEqual({
    phase: "running",
    rows: 9,
    tickets: 3,
    settledTickets: 0,
    outcomes: {},
    waitingChunks: 0,
    ambiguousTickets: 0,
    startedAt: 7,
    countedTurns: {},
    openLanes: ["0", "a"],
  });
});

test("the progress counts what was reported, and adds up the ambiguous tickets", () => {
  const state = new BatchState({ ...input, maxRate: 4 }, 7);
  state.report(report("0", 0, { retryable: 1 }), 8);
  state.report(report("0", 1, { turn: 3, ambiguous: 2, deferred: 2, isDone: false }), 9);
  state.report(report("a", 0, { ambiguous: 1, deferred: 1, isDone: false }), 9);
  expect(progressOf({ ...input, maxRate: 4 }, state, "paused", undefined)).toMatchObject({
    phase: "paused",
    settledTickets: 3,
    outcomes: { created: 9 },
    waitingChunks: 1,
    ambiguousTickets: 3,
    countedTurns: { "0": 3, a: 1 },
    openLanes: ["0", "a"],
    maxRate: 4,
  });
});

test("a batch that has ended has its summary", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is passed on as it is
  const summary = { batch: "b" } as unknown as BatchSummary;
  expect(progressOf(input, new BatchState(input, 7), "completed", summary).summary).toBe(summary);
});

test("a running batch is blocked if it needs an operator; one that is paused or has ended is not", () => {
  const state = new BatchState(input, 7);
  state.report(report("0", 0, { isDone: false, deferred: 1, waitReason: behaviour }), 8);
  const phases = (["running", "paused", "completed"] as const).map((phase) =>
    progressOf(input, state, phase, undefined),
  );
  expect(phases.map(({ phase }) => phase)).toEqual(["blocked", "paused", "completed"]);
  expect(phases[0]).toMatchObject({ waitReason: behaviour, waitingSince: 8 });
  expect(phases[0]?.retryAt).toBeUndefined();
});

test("a batch that knows when it continues says so, and still runs", () => {
  const state = new BatchState(input, 7);
  state.report(report("0", 0, { isDone: false, deferred: 1, waitReason: slowDown }), 1_000);
  const progress = progressOf(input, state, "running", undefined);
  expect(progress).toMatchObject({ phase: "running", waitReason: slowDown, waitingSince: 1_000, retryAt: 91_000 });
  expect(describeProgress(progress)).toBe(
    "**running**: 1 of 3 tickets\n\ncreated 3\n\nWaiting: HTTP 429 (continues at 1970-01-01T00:01:31.000Z)",
  );
});

test("a batch on a symmetric API says so, while it moves and after it", () => {
  const state = new BatchState(input, 7);
  const isSymmetric = () => progressOf(input, state, "running", undefined).isSymmetric;
  expect(isSymmetric()).toBeUndefined();
  state.report(report("0", 0, { needsSharedLane: true, deferred: 1, isDone: false }), 8);
  expect([isSymmetric(), state.data.isShared]).toEqual([true, undefined]);
  for (const lane of ["0", "a"]) state.orderTaken({ lane, sequence: 1 }, 9);
  expect([isSymmetric(), state.data.isShared]).toEqual([true, true]);
});

test("the rate that an operator set counts, also if there is none any more", () => {
  const state = new BatchState(input, 7);
  const maxRate = (planned?: number) =>
    progressOf({ ...input, ...(planned && { maxRate: planned }) }, state, "running", undefined).maxRate;
  expect([maxRate(4), maxRate()]).toEqual([4, undefined]);
  state.setMaxRate(2);
  expect([maxRate(4), maxRate()]).toEqual([2, 2]);
  state.setMaxRate(null);
  expect(maxRate(4)).toBeUndefined();
});

test("the description of a batch has the outcomes that occur and the ambiguous tickets, and no more", () => {
  const progress = progressOf(input, new BatchState(input, 7), "running", undefined);
  expect(describeProgress(progress)).toBe("**running**: 0 of 3 tickets");
  const later = { ...progress, outcomes: { created: 2, failed: 0 }, ambiguousTickets: 4, waitReason: behaviour };
  expect(describeProgress(later)).toBe(
    [
      "**running**: 0 of 3 tickets",
      "created 2",
      "Tickets whose last write has an unknown result, and which are read again: 4",
      "Waiting: it replaces",
    ].join("\n\n"),
  );
});
