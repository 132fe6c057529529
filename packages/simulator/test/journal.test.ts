import { expect, test } from "vitest";
import { startSimulator } from "../src/index.ts";
import { createCaller, pathOf } from "./create-caller.ts";

test("the journal records every request with its result, and the response names its entry", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A"] } }, { now: () => 1_700_000_000_000 });
  const { create, remove, list, requestToken } = createCaller(simulator);

  const created = await create("T1", ["A", "B"]);
  await remove("T1", "A");
  await list("T1");
  await requestToken();

  expect(created.headers.get("x-request-id")).toBe("simulator-1");
  const common = { at: 1_700_000_000_000, ending: "answered", code: undefined, fault: undefined };
  const reading = { relatedIds: [], written: [], removed: [] };
  expect(simulator.journal()).toEqual([
    {
      ...common,
      n: 1,
      operation: "create",
      ticket: "T1",
      relatedIds: ["A", "B"],
      status: 200,
      applied: true,
      written: ["B"],
      removed: [],
    },
    {
      ...common,
      n: 2,
      operation: "delete",
      ticket: "T1",
      relatedIds: ["A"],
      status: 200,
      applied: true,
      written: [],
      removed: ["A"],
    },
    { ...common, ...reading, n: 3, operation: "list", ticket: "T1", status: 200, applied: false },
    { ...common, ...reading, n: 4, operation: "token", ticket: undefined, status: 201, applied: true },
  ]);
  expect(simulator.counts()).toMatchObject({
    requests: 4,
    inFlight: 0,
    create: 1,
    delete: 1,
    list: 1,
    token: 1,
    answered: 4,
    written: 1,
    removed: 1,
    byStatus: { "200": 3, "201": 1 },
  });
});

test("the journal keeps the newest entries up to its limit, and counts all", async () => {
  await using simulator = await startSimulator({ journalLimit: 3, tickets: { T1: ["A"] } });
  const { create } = createCaller(simulator);
  for (let n = 0; n < 5; n += 1) await create("T1", ["A"]);
  expect(simulator.journal().map(({ n }) => n)).toEqual([3, 4, 5]);
  expect(simulator.violations().repeatedCreates.map(({ n }) => n)).toEqual([3, 4, 5]);
  expect(simulator.counts()).toMatchObject({ create: 5, violations: { repeatedCreates: 5 } });
});

test("a create for more than three is a violation even if it is rejected or never reaches the service [create.at-most-three]", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["A", "B"] } });
  const { create } = createCaller(simulator);

  await create("T1", ["C"]);
  expect(simulator.violations().overLimitAsked).toEqual([]);
  await create("T1", ["D"]);
  simulator.failNext({ operation: "create", fault: "http500" });
  await create("T1", ["D"]);

  expect(simulator.violations()).toMatchObject({
    overLimitAsked: [
      { n: 2, ticket: "T1", relatedIds: ["D"], detail: "has 3, would have 4" },
      { n: 3, ticket: "T1", relatedIds: ["D"], detail: "has 3, would have 4" },
    ],
    overLimitStored: [],
  });
});

test("a create with four ids is a violation on its own", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  await create("T1", ["A", "B", "C", "D"]);
  expect(simulator.violations().overLimitAsked).toHaveLength(1);
});

test("creating an existing association is a violation; creating it again after a failure without a write is not", async () => {
  await using simulator = await startSimulator();
  const { create } = createCaller(simulator);
  simulator.failNext({ operation: "create", fault: "http500" });
  await create("T1", ["A"]);
  await create("T1", ["A"]);
  expect(simulator.violations().repeatedCreates).toEqual([]);

  simulator.failNext({ operation: "create", fault: "http500AfterWrite" });
  await create("T1", ["B"]);
  await create("T1", ["B", "C"]);

  expect(simulator.violations().repeatedCreates).toEqual([
    { n: 4, ticket: "T1", relatedIds: ["B", "C"], detail: "has B already" },
  ]);
});

test("two creates of one ticket in flight at the same time are a race; of two tickets, or one after the other, they are not", async () => {
  await using simulator = await startSimulator({ latencyMs: 40 });
  const { create } = createCaller(simulator);
  await Promise.all([create("T1", ["A"]), create("T2", ["A"])]);
  await create("T1", ["B"]);
  expect(simulator.violations().racingWrites).toEqual([]);

  await Promise.all([create("T3", ["A"]), create("T3", ["B"])]);

  expect(simulator.violations().racingWrites).toMatchObject([
    { ticket: "T3", detail: expect.stringMatching(/request \d/u) },
  ]);
  expect(simulator.counts().violations.racingWrites).toBe(1);
});

test("a create sent again after giving up on a written one is no race", async () => {
  await using simulator = await startSimulator({ latencyMs: 600_000 });
  const { create } = createCaller(simulator);
  const controller = new AbortController();
  const abandoned = create("T1", ["A"], { signal: controller.signal });
  await simulator.waitFor(({ tickets }) => tickets.has("T1"));
  controller.abort();
  await expect(abandoned).rejects.toThrow("aborted");
  await simulator.waitFor(({ counts }) => counts.aborted === 1);
  simulator.configure({ latencyMs: 0 });

  await create("T1", ["B"]);

  expect(simulator.violations().racingWrites).toEqual([]);
  expect(simulator.counts()).toMatchObject({ aborted: 1, violations: { racingWrites: 0 } });
});

test("a create sent again while the one given up on is still to be written is a race", async () => {
  await using simulator = await startSimulator({ latencyMs: 200, writeAt: "answer" });
  const { create } = createCaller(simulator);
  const controller = new AbortController();
  const abandoned = create("T1", ["A"], { signal: controller.signal });
  await simulator.waitFor(({ counts }) => counts.create === 1);
  controller.abort();
  await expect(abandoned).rejects.toThrow("aborted");

  await create("T1", ["A"]);

  expect(simulator.violations().racingWrites).toHaveLength(1);
});

test("a response that the document does not allow becomes HTTP 500 and is a violation of the simulator", async () => {
  await using simulator = await startSimulator({ tickets: { T1: ["x".repeat(65)] } });
  const { send } = createCaller(simulator);

  const reply = await send("GET", pathOf("T1"));

  expect(reply.status).toBe(500);
  expect(reply.body?.["error_msg"]).toMatch(
    /document does not allow.*\/case_relation_list\/0\/case_id.*64 characters/u,
  );
  expect(simulator.violations().responseViolations).toMatchObject([{ n: 1, ticket: "T1" }]);
});
