import { expect, test } from "vitest";
import { startSimulator } from "../src/index.ts";
import { createCaller, listedIds } from "./create-caller.ts";

const LIMIT = "OSM.01010043";
const FULL = ["X", "Y", "Z"];

test("on a symmetric API, an association shows on both tickets, and a delete on either removes both directions", async () => {
  await using simulator = await startSimulator({ symmetric: true });
  const { create, list, remove } = createCaller(simulator);

  await create("A", ["B", "C"]);
  expect(listedIds(await list("B"))).toEqual(["A"]);
  expect(listedIds(await list("C"))).toEqual(["A"]);

  expect((await remove("B", "A")).body).toEqual({});
  expect(simulator.tickets()).toEqual(
    new Map([
      ["A", ["C"]],
      ["C", ["A"]],
    ]),
  );
  expect((await remove("B", "A")).body).toMatchObject({ error_code: "OSM.01010015" });
  expect(simulator.counts()).toMatchObject({ written: 2, removed: 1 });
});

test("on a symmetric API, associations of others fill a ticket, and a full related ticket rejects a create", async () => {
  await using simulator = await startSimulator({ symmetric: true });
  const { create } = createCaller(simulator);
  for (const ticket of FULL) await create(ticket, ["HUB"]);

  expect((await create("A", ["HUB"])).body).toMatchObject({ error_code: LIMIT });
  expect((await create("HUB", ["A"])).body).toMatchObject({ error_code: LIMIT });
  expect((await create("HUB", ["X"])).body).toEqual({});
  expect(simulator.tickets().get("HUB")).toEqual(FULL);
  expect(simulator.tickets().has("A")).toBe(false);
  // The related ticket's three are not the caller's to know; the ticket's own are.
  expect(simulator.violations()).toMatchObject({
    overLimitAsked: [{ n: 5, ticket: "HUB", relatedIds: ["A"] }],
    overLimitStored: [],
    repeatedCreates: [{ n: 6 }],
  });
});

test("on a symmetric API without an enforced limit, a related ticket with a fourth association is a violation", async () => {
  await using simulator = await startSimulator({ symmetric: true, limitEnforced: false, tickets: { HUB: FULL } });
  const { create, list } = createCaller(simulator);
  expect((await create("A", ["HUB"])).body).toEqual({});
  expect(listedIds(await list("HUB"))).toEqual([...FULL, "A"]);
  expect(simulator.violations().overLimitStored).toMatchObject([
    { n: 1, ticket: "A", relatedIds: ["HUB"], detail: "HUB has 4 associations now" },
  ]);
});

test("on a symmetric API, a create of an existing association is a repeated one from either ticket", async () => {
  await using simulator = await startSimulator({ symmetric: true, duplicate: "error", tickets: { A: ["B"] } });
  const { create } = createCaller(simulator);
  expect((await create("B", ["A"])).body).toMatchObject({ error_code: "OSM.01010045" });
  expect((await create("A", ["B"])).body).toMatchObject({ error_code: "OSM.01010045" });
  expect(simulator.violations().repeatedCreates).toHaveLength(2);
});

test("on a symmetric API, a rejected create writes nothing, or without atomic what comes before on both tickets", async () => {
  await using simulator = await startSimulator({ symmetric: true, tickets: { HUB: FULL } });
  const { create } = createCaller(simulator);
  expect((await create("A", ["B", "HUB", "C"])).body).toMatchObject({ error_code: LIMIT });
  expect([...simulator.tickets().keys()].sort()).toEqual(["HUB", ...FULL]);

  simulator.configure({ atomic: false });
  expect((await create("A", ["B", "HUB", "C"])).body).toMatchObject({ error_code: LIMIT });
  expect(simulator.tickets().get("A")).toEqual(["B"]);
  expect(simulator.tickets().get("B")).toEqual(["A"]);
  expect(simulator.tickets().has("C")).toBe(false);
});

test("on a symmetric API, a replacing create also removes the ticket from those that it no longer names", async () => {
  await using simulator = await startSimulator({
    symmetric: true,
    semantics: "replace",
    tickets: { A: ["B", "C", "D"], C: ["X", "Y"] },
  });
  const { create } = createCaller(simulator);
  // C is full, but has A already.
  expect((await create("A", ["C", "E"])).body).toEqual({});
  expect(Object.fromEntries(simulator.tickets())).toEqual({
    A: ["C", "E"],
    C: ["A", "X", "Y"],
    E: ["A"],
    X: ["C"],
    Y: ["C"],
  });
});

test("on a symmetric API, lists of both tickets lag behind a write and a delete", async () => {
  let now = 1_000_000;
  await using simulator = await startSimulator({ symmetric: true, readLagMs: 500 }, { now: () => now });
  const { create, list, remove } = createCaller(simulator);
  const listed = async () => [listedIds(await list("A")), listedIds(await list("B"))];
  await create("A", ["B"]);
  now += 499;
  expect(await listed()).toEqual([[], []]);
  now += 1;
  expect(await listed()).toEqual([["B"], ["A"]]);
  await remove("B", "A");
  now += 499;
  expect(await listed()).toEqual([["B"], ["A"]]);
  now += 1;
  expect(await listed()).toEqual([[], []]);
});

test("the configured tickets of a symmetric API show on both tickets, also after a reset and a change", async () => {
  await using simulator = await startSimulator({ symmetric: true, tickets: { A: ["B"], B: ["C"] } });
  const expected = { A: ["B"], B: ["A", "C"], C: ["B"] };
  expect(Object.fromEntries(simulator.tickets())).toEqual(expected);
  const { create } = createCaller(simulator);
  await create("C", ["D"]);
  simulator.reset();
  expect(Object.fromEntries(simulator.tickets())).toEqual(expected);
  simulator.configure({ tickets: { B: ["D"] } });
  expect(Object.fromEntries(simulator.tickets())).toEqual({ B: ["D"], D: ["B"] });
  simulator.reset({ symmetric: false, tickets: { A: ["B"], B: ["C"] } });
  expect(Object.fromEntries(simulator.tickets())).toEqual({ A: ["B"], B: ["C"] });
});
