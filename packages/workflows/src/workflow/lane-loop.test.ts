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
      work: () => Promise.reject(new Error("not yet")),
      failureOf: () => undefined,
      wait: async () => undefined,
      isRemoved: () => false,
      report: async () => undefined,
    },
    {
      batches: [],
      offers: {},
      failedTurns: 0,
      lastWrite: { batchId: "other", endedAt, ...(readLagMs !== undefined && { readLagMs }) },
    },
  );
  loop.queue.add({ batchId: "own", kind: "create", offer: 1, ranges: [{ from: 0, to: 1 }], giveUpAfterMs: 1 });
  expect([await loop.step(), waits]).toEqual(["waited", [expected]]);
});
