import { expect, test } from "vitest";
import { SharedTickets } from "./shared-tickets.ts";

test("no one holds a ticket that another holds, and holders of other tickets do not wait", async () => {
  const tickets = new SharedTickets(
    () => 0,
    () => 5_000,
  );
  const order: string[] = [];
  const first = await tickets.hold(["A", "M"]);
  const second = tickets.hold(["B", "M"]).then((held) => {
    order.push("second");
    return held;
  });
  const third = tickets.hold(["M", "C"]).then(() => order.push("third"));
  using _ = await tickets.hold(["D", "E"]);
  order.push("other");
  first[Symbol.dispose]();
  const held = await second;
  expect(order).toEqual(["other", "second"]);
  held[Symbol.dispose]();
  await third;
  expect(order).toEqual(["other", "second", "third"]);
});

test("holders of the same two tickets in either order do not wait for each other", async () => {
  const tickets = new SharedTickets(
    () => 0,
    () => 5_000,
  );
  const finished: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      using held = await tickets.hold(at % 2 === 0 ? ["A", "B"] : ["B", "A"]);
      expect(held).toBeDefined();
      await Promise.resolve();
      finished.push(at);
    }),
  );
  expect(finished).toHaveLength(20);
});

test("what was written counts on both tickets until reads show it", () => {
  let now = 0;
  const tickets = new SharedTickets(
    () => now,
    () => 5_000,
  );
  tickets.record("A", "B", true);
  tickets.record("A", "C", true);
  now = 1_000;
  tickets.record("C", "A", false);
  const read = new Set(["x"]);
  expect([...tickets.correct("A", read)]).toEqual(["x", "B"]);
  expect([...tickets.correct("B", read)]).toEqual(["x", "A"]);
  expect([...tickets.correct("C", new Set(["A"]))]).toEqual([]);
  now = 5_001;
  expect([...tickets.correct("B", read)]).toEqual(["x"]);
  expect([...tickets.correct("C", new Set(["A"]))]).toEqual([]);
  now = 6_001;
  expect([...tickets.correct("C", new Set(["A"]))]).toEqual(["A"]);
});

test("a ticket and those that it may have been associated with are ambiguous for others until it is read, or for a minute", () => {
  let now = 0;
  const tickets = new SharedTickets(
    () => now,
    () => 5_000,
  );
  const seenBy = (writer: string) => ["A", "B", "C", "D"].filter((ticket) => tickets.isAmbiguous(ticket, writer));
  tickets.leave("A", ["B", "C"]);
  expect([seenBy("X"), seenBy("B"), seenBy("A")]).toEqual([["A", "B", "C"], ["A", "B", "C"], []]);
  tickets.leave("B", []);
  expect(seenBy("X")).toEqual(["A", "B", "C"]);
  tickets.leave("A", []);
  expect(seenBy("X")).toEqual([]);
  tickets.leave("A", ["B"]);
  now = 65_000;
  expect(seenBy("X")).toEqual(["A", "B"]);
  now = 65_001;
  expect(seenBy("X")).toEqual([]);
});
