import { expect, test } from "vitest";
import { ORDER } from "../../test/support/order.ts";
import type { Order } from "./contracts.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";

let sequence = 100;
const order = (batchId: string, ranges: Order["ranges"], more: Partial<Order> = {}): Order => ({
  ...ORDER,
  batchId,
  sequence: ++sequence,
  ranges,
  ...more,
});
const confirmation = (batchId: string): Order => order(batchId, [], { mustConfirm: true });
const rangesOf = (queue: LaneQueue, at = 0) => queue.data().batches[at]?.ranges;
const ONE = [{ from: 0, to: 1 }];

test("a queue with an order to confirm is not empty until it is taken", () => {
  const queue = new LaneQueue();
  expect([queue.isEmpty, queue.hasConfirmations, queue.batchIds]).toEqual([true, false, []]);
  queue.take(confirmation("a"));
  expect([queue.isEmpty, queue.hasConfirmations, queue.batchIds]).toEqual([false, true, []]);
  expect(queue.takeConfirmations("f")).toHaveLength(1);
  expect([queue.isEmpty, queue.hasConfirmations, queue.takeConfirmations("f")]).toEqual([true, false, []]);
});

test("an older order stops no turn", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.next(0);
  expect(queue.take(order("a", [], { sequence: 1 }))).toBe(false);
});

test("an order without chunks removes its batch, unless a chunk of it is worked: then at the end of the turn", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.take(order("b", ONE));
  const worked = queue.next(0) as NextChunk;
  queue.take(order("b", []));
  expect(queue.batchIds).toEqual(["a"]);
  queue.take(order("a", []));
  expect(queue.batchIds).toEqual(["a"]);
  queue.finish(worked, false, 0);
  expect(queue.batchIds).toEqual([]);
});

test("an order without chunks of a batch that is not in the queue removes no other", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.take(order("b", []));
  queue.take(confirmation("c"));
  expect(queue.batchIds).toEqual(["a"]);
});

test("a batch that is removed loses its chunks, its confirmation and its proof, and no other does", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.take(order("b", ONE));
  queue.remove("c");
  expect(queue.batchIds).toEqual(["a", "b"]);
  queue.prove("b");
  queue.take(confirmation("b"));
  queue.remove("b");
  expect([queue.batchIds, queue.takeConfirmations("f")]).toEqual([["a"], []]);
  queue.take(confirmation("b"));
  expect(queue.takeConfirmations("f")[0]?.taken.isUnproven).toBe(true);
});

test("a chunk that was put back is not worked: an order that does not want it stops nothing", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.next(0);
  queue.putBack();
  expect(queue.take(order("a", []))).toBe(false);
  expect(queue.batchIds).toEqual([]);
});

test("the next turn is that of the batch that waits the shortest", () => {
  const queue = new LaneQueue();
  for (const [batchId, waitMs] of [
    ["a", 9_000],
    ["b", 3_000],
  ] as const) {
    queue.take(order(batchId, ONE));
    queue.finish(queue.next(0) as NextChunk, false, 0, () => waitMs);
  }
  expect([queue.nextAt, queue.next(2_999), queue.next(3_000)?.batch.batchId]).toEqual([3_000, undefined, "b"]);
});

test("accounts without a worker are named once, and those with one are not", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE, { account: "one" }));
  queue.take(order("b", ONE, { account: "one" }));
  queue.take(order("c", ONE));
  queue.setAttended("one", false);
  expect(queue.unattendedAccounts).toEqual(["one"]);
});

test("an order for a batch without a worker keeps it waiting, unless a range only reads", () => {
  const queue = new LaneQueue();
  const read = { from: 2, to: 3, resolveOnly: true as const };
  queue.take(order("a", ONE));
  queue.setAttended(undefined, false);
  queue.take(order("a", [{ from: 0, to: 2 }]));
  expect([queue.next(0), queue.nextAt]).toEqual([undefined, undefined]);
  queue.take(order("a", [...ONE, read]));
  expect(queue.next(0)?.range).toEqual(ONE[0]);
});

test("after a resume a batch without a worker is tried", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.setAttended(undefined, false);
  queue.take(order("a", ONE, { resumes: 1 }));
  expect(queue.next(0)?.batch.batchId).toBe("a");
});

test.for([
  ["the first chunk of a range", { from: 2, to: 5 }, { from: 2, to: 5 }, [{ from: 3, to: 5 }]],
  [
    "a chunk inside another range",
    { from: 4, to: 5 },
    { from: 2, to: 7 },
    [
      { from: 2, to: 4 },
      { from: 5, to: 7 },
    ],
  ],
  ["the last chunk of a range", { from: 4, to: 5 }, { from: 2, to: 5 }, [{ from: 2, to: 4 }]],
  ["a chunk before another range", { from: 1, to: 2 }, { from: 2, to: 5 }, [{ from: 2, to: 5 }]],
  ["a chunk after another range", { from: 5, to: 6 }, { from: 2, to: 5 }, [{ from: 2, to: 5 }]],
  ["a chunk long after another range", { from: 8, to: 9 }, { from: 2, to: 5 }, [{ from: 2, to: 5 }]],
  [
    "a chunk of another lane",
    { from: 2, to: 3, lane: "b" },
    { from: 2, to: 3, lane: "a" },
    [{ from: 2, to: 3, lane: "a" }],
  ],
] as const)("%s that is done leaves the rest of what was ordered meanwhile", ([, worked, ordered, left]) => {
  const queue = new LaneQueue();
  queue.take(order("a", [worked]));
  const running = queue.next(0) as NextChunk;
  queue.take(order("a", [ordered, { from: 90, to: 91 }]));
  queue.finish(running, true, 0);
  expect(rangesOf(queue)).toEqual([...left, { from: 90, to: 91 }]);
});

test("a chunk that was only read is still to be worked, and the read is done", () => {
  const queue = new LaneQueue();
  const read = { from: 0, to: 1, resolveOnly: true as const };
  queue.take(order("a", [read]));
  const running = queue.next(0) as NextChunk;
  queue.take(order("a", [...ONE, read]));
  queue.finish(running, true, 0);
  expect(rangesOf(queue)).toEqual(ONE);
});

test.for([
  ["the chunk", [{ from: 1, to: 2 }], false],
  ["a range that begins with it", [{ from: 1, to: 3 }], false],
  ["a range that ends before it", [{ from: 0, to: 1 }], true],
  ["a range that begins after it", [{ from: 2, to: 3 }], true],
  ["only to read it", [{ from: 1, to: 2, resolveOnly: true as const }], true],
  ["the chunk of another lane", [{ from: 1, to: 2, lane: "b" }], true],
  [
    "another chunk and it",
    [
      { from: 5, to: 6 },
      { from: 1, to: 2 },
    ],
    false,
  ],
] as const)("an order that wants %s: whether the turn has to stop", ([, ranges, mustStop]) => {
  const queue = new LaneQueue();
  queue.take(order("a", [{ from: 1, to: 2 }]));
  queue.take(order("b", ONE));
  queue.next(0);
  expect(queue.take(order("b", []))).toBe(false);
  expect(queue.take(order("a", [...ranges]))).toBe(mustStop);
});

test("a batch that was removed during its turn stays removed", () => {
  const queue = new LaneQueue();
  queue.take(order("a", ONE));
  queue.take(order("b", ONE));
  const running = queue.next(0) as NextChunk;
  queue.remove("a");
  queue.finish(running, false, 0);
  expect(queue.batchIds).toEqual(["b"]);
});
