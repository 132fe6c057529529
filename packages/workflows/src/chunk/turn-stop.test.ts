import { expect, test } from "vitest";
import type { OutageDetector } from "../process/outage-detector.ts";
import type { WaitReason } from "../workflow/contracts.ts";
import { TurnStop } from "./turn-stop.ts";
import type { Verdict } from "./verdict.ts";

const failed = (more: Partial<Extract<Verdict, { kind: "retryable" }>> = {}): Verdict => ({
  kind: "retryable",
  isAmbiguous: false,
  isUnknownCode: false,
  failure: { error_message: "down", http_status: 500 },
  attempts: 4,
  ...more,
});
const unavailable: WaitReason = { kind: "unavailable", reason: "down", httpStatus: 500 };
const credentials: WaitReason = { kind: "credentials", reason: "rejected" };

/** A detector that decides as it is asked to, and lists the failed calls. */
function openStop(isDown: boolean) {
  const calls: unknown[] = [];
  let stops = 0;
  const outages: Pick<OutageDetector, "isDown" | "recordFailedCall"> = {
    isDown,
    recordFailedCall: (...call) => void calls.push(call),
  };
  return { turnStop: new TurnStop(outages, () => stops++), calls, stops: () => stops };
}

test("a failed call stops a turn in an outage, once, and the first reason stays", () => {
  const { turnStop, calls, stops } = openStop(true);
  turnStop.take(failed(), "T");
  expect([turnStop.waitReason, stops()]).toEqual([unavailable, 1]);
  turnStop.set(credentials);
  turnStop.take({ kind: "wait", waitReason: credentials, failure: {}, attempts: 0 }, "T");
  expect([turnStop.waitReason, stops()]).toEqual([unavailable, 1]);
  expect(calls).toEqual([["T", 4, unavailable]]);
});

test("failed calls stop no turn while the API is not down, and the detector learns of them", () => {
  const { turnStop, calls } = openStop(false);
  for (let call = 0; call < 20; call++) turnStop.take(failed({ failure: {} }), "T");
  expect(turnStop.waitReason).toBeUndefined();
  expect(calls).toHaveLength(20);
  expect(calls[0]).toEqual(["T", 4, { kind: "unavailable", reason: "the API does not respond" }]);
});

test("one call that has to wait stops a turn", () => {
  const { turnStop, calls } = openStop(false);
  turnStop.take({ kind: "wait", waitReason: credentials, failure: {}, attempts: 1 }, "T");
  expect([turnStop.waitReason, calls]).toEqual([credentials, []]);
});

test.for<[string, Verdict]>([
  ["a rejection", { kind: "rejected", outcome: "not_found", failure: {}, attempts: 1 }],
  ["a response with an undocumented code", failed({ isUnknownCode: true })],
  ["a rejection of unknown scope", { kind: "undetermined", failure: {}, attempts: 1 }],
  ["a request that was not sent", { kind: "unsent", failure: {}, attempts: 0 }],
])("%s is no failure of the API", ([, verdict]) => {
  const { turnStop, calls } = openStop(true);
  turnStop.take(verdict, "T");
  expect([turnStop.waitReason, calls]).toEqual([undefined, []]);
});
