import { expect, test } from "vitest";
import { input, report } from "../../test/support/batch-reports.ts";
import { BatchLoop, type BatchStep } from "../workflow/batch-loop.ts";
import type { CarriedState } from "./carried-state.ts";
import { phaseOf, replacementOf } from "./replacement.ts";

const CARRIED: CarriedState = { startedAt: 1, isPaused: false, isCancelled: false, resumes: 2, maxRate: 7 };
const BLOCK = { waitReason: { kind: "behaviour" as const, reason: "it replaces associations" }, waitingSince: 5 };

const ordersIn = (step: BatchStep) =>
  step.kind === "send" ? step.orders.map(({ lane, order: { ranges } }) => [lane, ranges]) : step.kind;

test.each([
  { ...CARRIED, isPaused: true },
  { ...CARRIED, ...BLOCK },
])(
  "a run that replaces a held one reads what is ambiguous, and works all chunks in their own lanes after a resume",
  (carried) => {
    const loop = new BatchLoop(replacementOf(input, carried), 100);
    const read = { from: 0, to: 1, resolveOnly: true };
    expect(ordersIn(loop.step(100, 100))).toEqual([
      ["0", [read]],
      ["a", [read]],
      ["all", []],
    ]);
    for (const lane of ["0", "a"])
      loop.state.report(report(lane, 0, { isDone: false, resolveOnly: true, turn: 200 }), 200);
    expect(ordersIn(loop.step(200, 100))).toBe("wait");
    loop.state.resume(300);
    expect(ordersIn(loop.step(300, 100))).toEqual([
      ["0", [{ from: 0, to: 2 }]],
      ["a", [{ from: 0, to: 1 }]],
    ]);
    expect(loop.state.data).toMatchObject({ startedAt: 1, resumes: 3, maxRate: 7 });
  },
);

test("a run that replaces a cancelled one only reads, and ends", () => {
  const loop = new BatchLoop(replacementOf(input, { ...CARRIED, isCancelled: true }), 100);
  expect(loop.step(100, 100)).toMatchObject({
    kind: "send",
    orders: ["0", "a", "all"].map((lane) => ({ lane, order: { ranges: [], mustConfirm: true } })),
  });
});

test("the state before is left behind, but for what is carried", () => {
  const { data } = new BatchLoop(input, 0).state;
  data.settledTickets = 2;
  const { state, ...planned } = replacementOf({ ...input, state: data, replacedRuns: 1 }, CARRIED);
  expect(planned).toEqual({ ...input, isRestart: true, replacedRuns: 2 });
  expect(state).toMatchObject({ settledTickets: 0, startedAt: 1, resumes: 2 });
});

test("the phase of a new run is that of the one before", () => {
  const cases = [
    CARRIED,
    { ...CARRIED, ...BLOCK },
    { ...CARRIED, isPaused: true },
    { ...CARRIED, isPaused: true, isCancelled: true },
  ];
  expect(cases.map(phaseOf)).toEqual(["running", "blocked", "paused", "cancelling"]);
});
