import { expect, test } from "vitest";
import { ORDER } from "../../test/support/order.ts";
import type { Order } from "./contracts.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";

let sequence = 0;
const order = (batchId: string, from: number, to: number, more: Partial<Order> = {}): Order => ({
  ...ORDER,
  batchId,
  sequence: ++sequence,
  ranges: from === to ? [] : [{ from, to }],
  ...more,
});

function workAll(queue: LaneQueue, now = 0): string[] {
  const worked: string[] = [];
  for (let next = queue.next(now); next && worked.length < 100; next = queue.next(now)) {
    worked.push(`${next.batch.batchId}${next.range.from}`);
    queue.finish(next, true, now);
  }
  return worked;
}

test("batches take turns chunk by chunk, so a big batch does not starve a small one", () => {
  const queue = new LaneQueue();
  queue.take(order("big", 0, 4));
  queue.take(order("small", 0, 1));
  expect(workAll(queue)).toEqual(["big0", "small0", "big1", "big2", "big3"]);
  expect(queue.isEmpty).toBe(true);
});

test("a chunk that is not done is worked again in the batch's next turn", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 2));
  queue.take(order("b", 0, 1));
  queue.finish(queue.next(0) as NextChunk, false, 0);
  expect(workAll(queue)).toEqual(["b0", "a0", "a1"]);
});

test("an order that is older, or of an earlier run, changes nothing; one of a run that was reset counts", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 3, { sequence: 7 }));
  queue.take(order("a", 5, 6, { sequence: 7 }));
  queue.take(order("a", 5, 6, { sequence: 3 }));
  expect(queue.data().batches[0]?.ranges).toEqual([{ from: 0, to: 3 }]);
  queue.take(order("a", 5, 6, { sequence: 3, run: "after a reset" }));
  queue.take(order("a", 6, 7, { sequence: 99, run: "before", runStartedAt: 0 }));
  expect(workAll(queue)).toEqual(["a5"]);
});

test("the batches of an account without a worker wait until one is there, and hold up no other", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 1, { account: "one" }));
  queue.take(order("b", 0, 1));
  const untaken = queue.next(0) as NextChunk;
  queue.setAttended("one", false);
  queue.finish(untaken, false, 0);
  expect(workAll(queue)).toEqual(["b0"]);
  expect([queue.nextAt, queue.isEmpty, queue.unattendedAccounts]).toEqual([undefined, false, ["one"]]);
  queue.setAttended("one", true);
  expect(workAll(queue)).toEqual(["a0"]);
});

test("a batch that has no worker and ends tries to read its ambiguous tickets", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 1));
  queue.setAttended(undefined, false);
  expect(queue.next(0)).toBeUndefined();
  queue.take(order("a", 0, 1, { ranges: [{ from: 0, to: 1, resolveOnly: true }] }));
  expect(workAll(queue)).toEqual(["a0"]);
});

test("an order that does not want the chunk of the current turn stops it, and is confirmed after its end", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 3));
  const running = queue.next(0) as NextChunk;
  expect(queue.take(order("a", 0, 2))).toBe(false);
  expect(queue.take(order("a", 0, 0, { sequence: 99, mustConfirm: true }))).toBe(true);
  queue.finish(running, false, 0);
  expect(queue.takeConfirmations("f")).toEqual([
    { batchId: "a", taken: { lane: "f", sequence: 99, isUnproven: true } },
  ]);
  expect([queue.isEmpty, queue.next(0)]).toEqual([true, undefined]);
});

test("a confirmation says if this run of the lane has not worked the batch", () => {
  const queue = new LaneQueue();
  for (const [batchId, isWorked] of [
    ["a", true],
    ["b", false],
  ] as const) {
    queue.take(order(batchId, 0, 1));
    if (isWorked) queue.prove(batchId);
    queue.take(order(batchId, 0, 0, { mustConfirm: true }));
  }
  expect(queue.takeConfirmations("f").map(({ taken }) => taken.isUnproven)).toEqual([undefined, true]);
});

test("reading ambiguous tickets is done once, is not cut short, and leaves what an order wants besides", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 1, { ranges: [{ from: 0, to: 1, resolveOnly: true }] }));
  const reading = queue.next(0) as NextChunk;
  expect(queue.take(order("a", 0, 2))).toBe(false);
  queue.finish(reading, false, 0);
  expect(workAll(queue)).toEqual(["a0", "a1"]);
});

test("an order during a turn keeps the rest of its range when the chunk is done", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 3));
  const running = queue.next(0) as NextChunk;
  queue.take(order("a", 0, 3));
  queue.finish(running, true, 0);
  expect(workAll(queue)).toEqual(["a1", "a2"]);
});

test("a batch waits after a failed turn and holds up no other, until a resume", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 1));
  queue.take(order("b", 0, 1));
  const fail = (now: number) => queue.finish(queue.next(now) as NextChunk, false, now, (turns) => turns * 1_000);
  fail(10_000);
  expect(workAll(queue, 10_000)).toEqual(["b0"]);
  fail(20_000);
  fail(30_000);
  expect(queue.nextAt).toBe(33_000);
  expect(queue.next(32_999)).toBeUndefined();
  queue.take(order("a", 0, 1, { resumes: 1 }));
  expect(workAll(queue, 31_000)).toEqual(["a0"]);
});

test("a resume during a failed turn is not forgotten at its end", () => {
  const queue = new LaneQueue();
  queue.take(order("a", 0, 1));
  const running = queue.next(0) as NextChunk;
  queue.take(order("a", 0, 1, { resumes: 1 }));
  queue.finish(running, false, 0, () => 60_000);
  expect(workAll(queue)).toEqual(["a0"]);
});

test("a queue continues in the next run from the state of the last one", () => {
  const queue = new LaneQueue();
  const first = order("a", 0, 3);
  queue.take(first);
  queue.take(order("b", 5, 6));
  queue.finish(queue.next(0) as NextChunk, true, 0);
  const next = new LaneQueue(structuredClone(queue.data()));
  next.take(first); // came before
  expect(workAll(next)).toEqual(["b5", "a1", "a2"]);
});

test("an order that arrives again after its work changes nothing, also in the next run of the lane", () => {
  const queue = new LaneQueue();
  const repeated = order("a", 0, 1);
  queue.take(repeated);
  expect(workAll(queue)).toEqual(["a0"]);
  queue.take(repeated);
  const next = new LaneQueue(queue.data());
  next.take(repeated);
  expect([queue.isEmpty, next.isEmpty]).toEqual([true, true]);
  next.take(order("a", 0, 1));
  expect(workAll(next)).toEqual(["a0"]);
});
