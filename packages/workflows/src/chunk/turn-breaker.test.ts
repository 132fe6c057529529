import { expect, test } from "vitest";
import { recordOnBreaker, TurnBreaker } from "./turn-breaker.ts";
import type { Verdict } from "./verdict.ts";

const failed = (more: Partial<Extract<Verdict, { kind: "retryable" }>> = {}): Verdict => ({
  kind: "retryable",
  isAmbiguous: false,
  isUnknownCode: false,
  failure: { error_message: "down", http_status: 500 },
  attempts: 1,
  ...more,
});

function failTimes(breaker: TurnBreaker, times: number, verdict = failed()): void {
  for (let time = 0; time < times; time++) recordOnBreaker(verdict, breaker);
}

test("a turn breaker opens with the eighth failure in a row, once", () => {
  let opened = 0;
  const breaker = new TurnBreaker(() => opened++);
  failTimes(breaker, 7);
  expect([breaker.isOpen, breaker.waitReason, opened]).toEqual([false, undefined, 0]);
  failTimes(breaker, 1);
  expect([breaker.isOpen, opened]).toEqual([true, 1]);
  const first = { kind: "unavailable", reason: "down", httpStatus: 500 };
  expect(breaker.waitReason).toEqual(first);
  breaker.open({ kind: "credentials", reason: "later" });
  expect([breaker.waitReason, opened]).toEqual([first, 1]);
});

test("a failure without a response has no status, and perhaps no message", () => {
  const breaker = new TurnBreaker();
  failTimes(breaker, 8, failed({ failure: {} }));
  expect(breaker.waitReason).toEqual({ kind: "unavailable", reason: "the API does not respond" });
});

test.for<[string, Verdict]>([
  ["a rejection", { kind: "rejected", outcome: "not_found", failure: {}, attempts: 1 }],
  ["an undocumented code", failed({ isUnknownCode: true })],
])("%s is a response: failures count from the start", ([, verdict]) => {
  const breaker = new TurnBreaker();
  for (let round = 0; round < 3; round++) {
    failTimes(breaker, 7);
    recordOnBreaker(verdict, breaker);
  }
  expect(breaker.isOpen).toBe(false);
});

test.for<[string, Verdict]>([
  ["a wait", { kind: "wait", waitReason: { kind: "slow-down", reason: "later" }, failure: {}, attempts: 1 }],
  ["an undetermined rejection", { kind: "undetermined", failure: {}, attempts: 1 }],
  ["what was not sent", { kind: "unsent", failure: {}, attempts: 0 }],
])("%s is neither a failure of the API nor a response", ([, verdict]) => {
  const breaker = new TurnBreaker();
  failTimes(breaker, 20, verdict);
  failTimes(breaker, 7);
  expect(breaker.isOpen).toBe(false);
  recordOnBreaker(verdict, breaker);
  failTimes(breaker, 1);
  expect(breaker.isOpen).toBe(true);
});
