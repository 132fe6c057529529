import { expect, test } from "vitest";
import { input } from "../../test/support/batch-reports.ts";
import { BatchState } from "./batch-state.ts";
import type { WaitReason } from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import { clearWaitReason, recordProgress, setWaitReason } from "./wait-reasons.ts";

const reasonOf = (kind: WaitReason["kind"], more: Partial<WaitReason> = {}): WaitReason => ({
  kind,
  reason: kind,
  ...more,
});
const dataOf = () => new BatchState(input, 0).data;

test.for([
  ["credentials", true],
  ["permission", true],
  ["endpoint", true],
  ["behaviour", true],
  ["slow-down", false],
  ["unavailable", false],
  ["worker", false],
] as const)("whether %s needs an operator is %s", ([kind, expected]) => {
  expect(needsOperator(reasonOf(kind))).toBe(expected);
});

test("a batch without a wait reason needs no operator", () => {
  expect(needsOperator(undefined)).toBe(false);
});

test("a temporary reason does not hide one that needs an operator, and another one of that kind does", () => {
  const data = dataOf();
  setWaitReason(data, reasonOf("unavailable"), 1);
  setWaitReason(data, reasonOf("credentials"), 2);
  setWaitReason(data, reasonOf("slow-down"), 3);
  expect([data.waitReason?.kind, data.waitingSince]).toEqual(["credentials", 2]);
  setWaitReason(data, reasonOf("permission"), 4);
  expect([data.waitReason?.kind, data.waitingSince]).toEqual(["permission", 4]);
});

test("a failure counts from its first report; what was announced, or waits for someone, is none", () => {
  const failures = (waitReason: WaitReason, isPaused = false) => {
    const data = { ...dataOf(), isPaused, failingSince: 5 };
    setWaitReason(data, waitReason, 9);
    return data.failingSince;
  };
  expect(failures(reasonOf("unavailable"))).toBe(5);
  expect(failures(reasonOf("unavailable"), true)).toBeUndefined();
  expect(failures(reasonOf("slow-down", { retryAfterMs: 1 }))).toBeUndefined();
  expect(failures(reasonOf("worker", { hasNoWorker: true }))).toBeUndefined();
  expect(failures(reasonOf("credentials"))).toBeUndefined();
  const data = dataOf();
  setWaitReason(data, reasonOf("unavailable"), 9);
  expect(data.failingSince).toBe(9);
  clearWaitReason(data);
  expect([data.waitReason, data.waitingSince, data.failingSince]).toEqual([undefined, undefined, undefined]);
});

test("a wait that the API announced is shown until its end, whatever other lanes report meanwhile", () => {
  const data = dataOf();
  setWaitReason(data, reasonOf("slow-down", { retryAfterMs: 100 }), 1_000);
  // A lane that had all its tickets read has settled the last one.
  recordProgress(data, 1_010);
  setWaitReason(data, reasonOf("unavailable"), 1_020);
  expect([data.waitReason?.kind, data.waitingSince, data.failingSince]).toEqual(["slow-down", 1_000, 1_020]);
  setWaitReason(data, reasonOf("credentials"), 1_030);
  expect(data.waitReason?.kind).toBe("credentials");
  recordProgress(data, 1_040);
  setWaitReason(data, reasonOf("slow-down", { retryAfterMs: 100 }), 2_000);
  setWaitReason(data, reasonOf("slow-down", { retryAfterMs: 50 }), 2_080);
  expect(data.waitingSince).toBe(2_080);
  recordProgress(data, 2_130);
  expect(data.waitReason).toBeUndefined();
});
