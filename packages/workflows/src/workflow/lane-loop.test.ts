import { expect, test } from "vitest";
import { LaneLoop } from "./lane-loop.ts";

test.for([
  ["5 s", undefined, 0, 5_000],
  ["what the other batch saw", 9_000, 1_000, 8_000],
  ["no longer than that if the clock was put back", undefined, -8 * 3_600_000, 5_000],
] as const)("a batch waits for the writes of another one: %s", async ([, readLagMs, passedMs, expected]) => {
  const waits: number[] = [];
  const endedAt = 100_000_000;
  const loop = new LaneLoop(
    {
      lane: "a",
      now: () => endedAt + passedMs,
      sleep: async (milliseconds) => void waits.push(milliseconds),
      readLagMs: 5_000,
      work: () => ({ result: Promise.reject(new Error("not yet")), cancel: () => undefined }),
      failureOf: () => undefined,
      waitUntil: async () => undefined,
      report: async () => true,
      confirm: async () => undefined,
      leave: async () => undefined,
      mustContinueAsNew: () => false,
      hasHandledAll: () => true,
    },
    {
      batches: [],
      lastWrite: { batchId: "other", endedAt, ...(readLagMs !== undefined && { readLagMs }) },
    },
  );
  const ranges = [{ from: 0, to: 1 }];
  loop.queue.take({ batchId: "own", kind: "create", run: "run-1", runStartedAt: 1, sequence: 1, resumes: 0, ranges });
  expect([await loop.step(), waits]).toEqual(["waited", [expected]]);
});
