import { expect, test } from "vitest";
import { ORDER } from "../../test/support/order.ts";
import type { ChunkResult, LaneStateData, Order } from "./contracts.ts";
import { LaneLoop, type LaneDependencies } from "./lane-loop.ts";

const OWN: Order = { ...ORDER, batchId: "own" };

const loopWith = (dependencies: Partial<LaneDependencies>, state?: LaneStateData): LaneLoop =>
  new LaneLoop(
    {
      lane: "a",
      now: () => 1,
      sleep: async () => undefined,
      readLagMs: 5_000,
      work: () => ({ result: Promise.reject(new Error("not yet")), cancel: () => undefined }),
      failureOf: () => undefined,
      waitUntil: async () => undefined,
      report: async () => true,
      confirm: async () => undefined,
      leave: async () => true,
      mustContinueAsNew: () => false,
      mustChangeVersion: () => false,
      hasHandledAll: () => true,
      ...dependencies,
    },
    state,
  );

test.for([
  ["5 s", undefined, 0, 5_000],
  ["what the other batch saw", 9_000, 1_000, 8_000],
  ["no longer than that if the clock was put back", undefined, -8 * 3_600_000, 5_000],
] as const)("a batch waits for the writes of another one: %s", async ([, readLagMs, passedMs, expected]) => {
  const waits: number[] = [];
  const endedAt = 100_000_000;
  const loop = loopWith(
    { now: () => endedAt + passedMs, sleep: async (milliseconds) => void waits.push(milliseconds) },
    { batches: [], lastWrite: { batchId: "other", endedAt, ...(readLagMs !== undefined && { readLagMs }) } },
  );
  loop.take(OWN);
  expect([await loop.step(), waits]).toEqual(["waited", [expected]]);
});

test.for([
  ["ends without work", undefined, "ended"],
  ["continues as new with a batch that waits for its time", 500_000, "continued"],
] as const)(
  "a lane that is to go on with workers of another version does not wait: it %s",
  async ([, notBefore, end]) => {
    let changesVersion = false;
    const batches = notBefore === undefined ? [] : [{ ...OWN, failedTurns: 1, notBefore }];
    const loop = loopWith(
      {
        // A wait that nothing else ends.
        async waitUntil(isSo) {
          expect(isSo()).toBe(false);
          changesVersion = true;
          expect(isSo()).toBe(true);
        },
        mustChangeVersion: () => changesVersion,
        mustContinueAsNew: () => changesVersion,
      },
      { batches },
    );
    expect(await loop.run()).toBe(end);
  },
);

const MOVED: ChunkResult = { deferred: 1, retryable: 0, ambiguous: 0, needsSharedLane: true };

test("a lane works a chunk no more that the shared lane has to work: its batch may never take it back", async () => {
  const loop = loopWith({ work: () => ({ result: Promise.resolve(MOVED), cancel: () => undefined }) });
  loop.take(OWN);
  expect([await loop.step(), await loop.step()]).toEqual(["worked", "idle"]);
});

test("an order that comes during a turn for the shared lane stays", async () => {
  const loop = loopWith({
    work() {
      loop.take({ ...OWN, sequence: 2, ranges: [{ from: 0, to: 1, resolveOnly: true }] });
      return { result: Promise.resolve(MOVED), cancel: () => undefined };
    },
  });
  loop.take(OWN);
  expect(await loop.step()).toBe("worked");
  expect(loop.queue.data().batches).toMatchObject([{ sequence: 2 }]);
});

const empty = (batchId: string): Order => ({ ...ORDER, batchId, ranges: [], mustConfirm: true });

test("an order that comes while another one is confirmed is confirmed before the lane waits for work", async () => {
  const steps: string[] = [];
  const loop = loopWith({
    async confirm(batchId) {
      steps.push(batchId);
      if (batchId === "first") loop.take(empty("second"));
    },
    waitUntil: async () => void steps.push("waits"),
  });
  loop.take(empty("first"));
  expect([await loop.run(), steps]).toEqual(["ended", ["first", "second", "waits"]]);
});

/** A lane that gets the order when it was under way for that time, and then the one that its batch sends when it is asked. */
async function worksLate(underWayMs: number, next?: Partial<Order>): Promise<string[]> {
  const steps: string[] = [];
  let isAsked = false;
  const loop = loopWith({
    now: () => 100_000,
    async leave(batchId) {
      steps.push(`asks ${batchId}`);
      if (next && !isAsked) loop.take({ ...OWN, sentAt: 100_000 - underWayMs, sequence: 2, ...next });
      isAsked = true;
      return next !== undefined;
    },
    work(task) {
      steps.push(`works ${task.index}`);
      return { result: Promise.resolve({ deferred: 0, retryable: 0, ambiguous: 0 }), cancel: () => undefined };
    },
  });
  loop.take({ ...OWN, sentAt: 100_000 - underWayMs });
  await loop.run();
  return steps;
}

const SECOND_CHUNK = [{ from: 1, to: 2 }];

test.for([
  ["in time", 10_000, undefined, ["works 0"]],
  ["too late, of a batch that is over", 10_001, undefined, ["asks own"]],
  ["too late, of a batch that orders otherwise", 10_001, { ranges: SECOND_CHUNK }, ["asks own", "works 1"]],
  [
    "too late, twice, of a run that was started again",
    10_001,
    { ranges: SECOND_CHUNK, run: "run-2" },
    ["asks own", "asks own"],
  ],
  ["too late, and again the same", 10_001, { sequence: 1 }, ["asks own", "asks own"]],
] as const)("an order that comes %s", async ([, underWayMs, next, expected]) => {
  const order = next && { ...next, ...("ranges" in next && { ranges: [...next.ranges] }) };
  expect(await worksLate(underWayMs, order)).toEqual(expected);
});

test("a late order without chunks is confirmed, and one that was replaced is not asked for", async () => {
  const steps: string[] = [];
  const loop = loopWith({
    now: () => 100_000,
    confirm: async (batchId, { sequence }) => void steps.push(`confirms ${batchId} ${sequence}`),
    leave: async (batchId) => {
      steps.push(`asks ${batchId}`);
      return true;
    },
  });
  loop.take({ ...empty("own"), sequence: 2, sentAt: 1 });
  loop.take({ ...OWN, sentAt: 0 });
  await loop.run();
  expect(steps).toEqual(["confirms own 2"]);
});
