import { expect, test } from "vitest";
import { ORDER } from "../../test/support/order.ts";
import type { ChunkReport, ChunkResult, ChunkTask, LaneStateData, Order } from "./contracts.ts";
import { LaneLoop } from "./lane-loop.ts";

const order: Order = { ...ORDER, resumes: 2, ranges: [{ from: 3, to: 5 }] };
const settled: ChunkResult = {
  counts: { outcomes: { created: 1 }, settledTickets: 1 },
  deferred: 0,
  retryable: 0,
  ambiguous: 0,
  hasWritten: false,
};
const unavailable = { kind: "unavailable", reason: "down" } as const;

/** A lane whose turns end so, one after the other; the clock shows the number of the turn times 1,000. */
function laneOf(results: (ChunkResult | Error)[], state?: LaneStateData, isThere = true) {
  const tasks: ChunkTask[] = [];
  const reports: (ChunkReport & { batchId: string })[] = [];
  const clock = { now: 1_000 };
  const loop = new LaneLoop(
    {
      lane: "a",
      now: () => clock.now,
      work: (task) => {
        tasks.push(task);
        clock.now += 1_000;
        const result = results.shift() ?? settled;
        const ended = result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
        return { result: ended, cancel: () => undefined };
      },
      failureOf: (error) => (error instanceof RangeError ? undefined : String(error)),
      sleep: async (milliseconds) => {
        clock.now += milliseconds;
      },
      report: async (batchId, report) => {
        reports.push({ ...report, batchId });
        return isThere;
      },
      waitUntil: async () => undefined,
      confirm: async () => undefined,
      leave: async () => true,
      mustContinueAsNew: () => false,
      mustChangeVersion: () => false,
      hasHandledAll: () => true,
      readLagMs: 5_000,
    },
    state,
  );
  return { loop, tasks, reports, clock };
}

test("a lane works the chunks of its orders one after the other, reports each turn, and is idle then", async () => {
  const { loop, tasks, reports } = laneOf([]);
  expect(await loop.step()).toBe("idle");
  loop.queue.take({ ...order, maxRate: 4, account: "acme" });
  expect([await loop.step(), await loop.step(), await loop.step()]).toEqual(["worked", "worked", "idle"]);
  const task = { batchId: "b", kind: "create", lane: "a", budgetMs: 10_000, resumes: 2, isLast: false };
  expect(tasks).toEqual([
    { ...task, index: 3, turn: 1_000, maxRate: 4, account: "acme" },
    { ...task, index: 4, turn: 2_000, maxRate: 4, account: "acme" },
  ]);
  expect(reports).toEqual([
    { ...settled, batchId: "b", turn: 1_000, lane: "a", index: 3, isDone: true, sentAt: 2_000 },
    { ...settled, batchId: "b", turn: 2_000, lane: "a", index: 4, isDone: true, sentAt: 3_000 },
  ]);
});

test("a range says whether its turn is the last, only reads, and of which lane its chunk is", async () => {
  const { loop, tasks, reports } = laneOf([{ ...settled, deferred: 1 }, settled]);
  loop.queue.take({
    ...order,
    ranges: [
      { from: 0, to: 1, resolveOnly: true },
      { from: 7, to: 8, isLast: true, lane: "f" },
    ],
  });
  await loop.step();
  await loop.step();
  expect(tasks[0]).toMatchObject({ budgetMs: 0, isLast: false, lane: "a" });
  for (const name of ["isShared", "maxRate", "account"]) expect(tasks[0]).not.toHaveProperty(name);
  expect(tasks[1]).toMatchObject({ budgetMs: 10_000, isLast: true, lane: "f", isShared: true, index: 7 });
  expect(reports[0]).toMatchObject({ resolveOnly: true, isDone: false });
  expect(reports[1]).toMatchObject({ lane: "f", index: 7, isDone: true });
  expect(reports[1]).not.toHaveProperty("resolveOnly");
});

test("a chunk that is not done is worked again", async () => {
  const { loop, tasks } = laneOf([{ ...settled, deferred: 2 }]);
  loop.queue.take(order);
  for (let turn = 0; turn < 3; turn++) await loop.step();
  expect(tasks.map(({ index }) => index)).toEqual([3, 3, 4]);
});

test("a turn that failed as a whole, or was cut short, is reported, and counts as one that may have written", async () => {
  const { loop, reports } = laneOf([new Error("no memory"), new RangeError("cut short")]);
  loop.queue.take(order);
  await loop.step();
  expect(loop.queue.nextAt).toBe(2_000 + 2_000);
  expect(loop.data().lastWrite).toStrictEqual({ batchId: "b", endedAt: 2_000 });
  loop.queue.take({ ...order, sequence: 2, resumes: 3 });
  await loop.step();
  expect(loop.queue.nextAt).toBe(0);
  const failed = { batchId: "b", deferred: 1, retryable: 0, ambiguous: 0, lane: "a", index: 3, isDone: false };
  expect(reports).toEqual([
    { ...failed, turn: 1_000, waitReason: { kind: "worker", reason: "Error: no memory" }, sentAt: 2_000 },
    { ...failed, turn: 2_000, sentAt: 3_000 },
  ]);
});

test("a batch that has to wait waits longer with each turn, or as long as the API says", async () => {
  const waits = { ...settled, deferred: 1, waitReason: unavailable };
  const { loop, clock } = laneOf([waits, waits, { ...waits, waitReason: { ...unavailable, retryAfterMs: 90_000 } }]);
  loop.queue.take(order);
  for (const expected of [2_000, 4_000, 90_000]) {
    clock.now = loop.queue.nextAt === 0 ? clock.now : (loop.queue.nextAt ?? 0);
    await loop.step();
    expect((loop.queue.nextAt ?? 0) - clock.now).toBe(expected);
  }
});

test("a batch that no worker took does not wait for a time", async () => {
  const { loop } = laneOf([{ ...settled, deferred: 1, waitReason: unavailable, isUntaken: true }]);
  loop.queue.take(order);
  await loop.step();
  expect(loop.queue.nextAt).toBe(0);
});

test("a lane forgets a batch that is not there any more", async () => {
  const { loop } = laneOf([settled], undefined, false);
  loop.queue.take(order);
  await loop.step();
  expect(loop.queue.isEmpty).toBe(true);
});

test("a lane that has worked a batch says so when it confirms an order", async () => {
  const confirm = { ...order, sequence: 9, ranges: [], mustConfirm: true as const };
  for (const [result, isUnproven] of [
    [settled, undefined],
    [new Error("no memory"), true],
  ] as const) {
    const { loop } = laneOf([result]);
    loop.queue.take(order);
    await loop.step();
    loop.queue.take(confirm);
    expect(loop.queue.takeConfirmations("a")[0]?.taken.isUnproven).toBe(isUnproven);
  }
});

test("another batch waits until a write shows, also in the next run of the lane; a turn without one changes nothing", async () => {
  const { loop } = laneOf([{ ...settled, hasWritten: true, readLagMs: 7_000 }, settled]);
  loop.queue.take({ ...order, ranges: [{ from: 0, to: 2 }] });
  await loop.step();
  await loop.step();
  expect(loop.data().lastWrite).toEqual({ batchId: "b", endedAt: 2_000, readLagMs: 7_000 });
  loop.queue.take({ ...order, batchId: "other" });
  const next = laneOf([], structuredClone(loop.data()));
  next.clock.now = 3_000;
  expect([await next.loop.step(), next.clock.now, next.tasks]).toEqual(["waited", 9_000, []]);
  expect(await next.loop.step()).toBe("worked");
  expect(next.tasks[0]?.batchId).toBe("other");
});

test("a batch that is removed while it waits for a write to show is not worked", async () => {
  const lastWrite = { batchId: "other", endedAt: 900 };
  const { loop, tasks, clock } = laneOf([], { batches: [], lastWrite });
  loop.queue.take(order);
  const waited = loop.step();
  expect(loop.queue.take({ ...order, sequence: 2, ranges: [] })).toBe(false);
  expect([await waited, clock.now, await loop.step(), tasks]).toEqual(["waited", 5_900, "idle", []]);
});

test("a turn of the shared lane says how long ago the lane's last turn with a write ended", async () => {
  const { loop, tasks, clock } = laneOf([settled, { ...settled, hasWritten: true }, settled]);
  loop.queue.take({ ...order, ranges: [{ from: 0, to: 3, lane: "f" }] });
  await loop.step();
  await loop.step();
  clock.now += 40;
  await loop.step();
  expect(tasks.map(({ isShared, sinceWriteMs }) => [isShared, sinceWriteMs])).toEqual([
    [true, undefined],
    [true, undefined],
    [true, 40],
  ]);
});
