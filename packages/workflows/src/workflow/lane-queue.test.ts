import { expect, test } from "vitest";
import type { Offer } from "./contracts.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";

const offer = (batchId: string, from: number, to: number, number = 0): Offer => ({
  batchId,
  kind: "create",
  offer: number,
  ranges: [{ from, to }],
  giveUpAfterMs: 86_400_000,
});

function workAll(queue: LaneQueue): string[] {
  const worked: string[] = [];
  for (let next = queue.next(); next; next = queue.next()) {
    worked.push(`${next.batch.batchId}${next.index}`);
    queue.finish(next, true);
  }
  return worked;
}

test("batches take turns chunk by chunk, so a big batch does not starve a small one", () => {
  const queue = new LaneQueue();
  queue.add(offer("big", 0, 4));
  queue.add(offer("small", 0, 1));
  expect(workAll(queue)).toEqual(["big0", "small0", "big1", "big2", "big3"]);
  expect(queue.isEmpty).toBe(true);
});

test("a chunk that is not done is worked again in the batch's next turn", () => {
  const queue = new LaneQueue();
  queue.add(offer("a", 0, 2));
  queue.add(offer("b", 0, 1));
  queue.finish(queue.next() as NextChunk, false);
  expect(workAll(queue)).toEqual(["b0", "a0", "a1"]);
});

test("an offer that arrives twice is added once", () => {
  const queue = new LaneQueue();
  queue.add(offer("a", 0, 2, 3));
  queue.add(offer("a", 0, 2, 3));
  queue.add(offer("a", 7, 8, 4));
  expect(workAll(queue)).toEqual(["a0", "a1", "a7"]);
});

test("a batch that is removed during its turn leaves no chunk in the queue", () => {
  const queue = new LaneQueue();
  queue.add(offer("a", 0, 3));
  const running = queue.next() as NextChunk;
  queue.remove("a");
  queue.finish(running, false);
  expect(queue.isEmpty).toBe(true);
});

test("a paused batch keeps its place and its chunks, and lets other batches go first", () => {
  const queue = new LaneQueue();
  queue.add(offer("a", 0, 1));
  queue.add(offer("b", 0, 1));
  queue.pause("a");
  expect(workAll(queue)).toEqual(["b0"]);
  expect([queue.isEmpty, queue.hasWork]).toEqual([false, false]);
  queue.resume("a");
  expect(workAll(queue)).toEqual(["a0"]);
});

test("a queue continues in the next run from the state of the last one", () => {
  const queue = new LaneQueue();
  queue.add(offer("a", 0, 3, 1));
  queue.add(offer("b", 5, 6, 0));
  queue.finish(queue.next() as NextChunk, true);
  const stored = structuredClone({ ...queue.data(), failedTurns: 0 });
  const next = new LaneQueue(stored);
  next.add(offer("a", 0, 3, 1)); // came before
  expect(workAll(next)).toEqual(["b5", "a1", "a2"]);
});
