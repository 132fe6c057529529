import { startSimulator, type SimulatorConfig } from "@caselink/simulator";
import { expect, test } from "vitest";
import { createOsmClient, isOsmError, removeAssociations, staticToken, withResponse } from "../src/index.ts";
import { apiErrorOf, argumentErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer } from "./support/local-server.ts";
import { createTestClient } from "./support/test-client.ts";

const sleep = () => Promise.resolve();
const REQUEST = { ticketId: "T1", relatedIds: ["a", "b"], groupId: "g" } as const;

async function start(config: SimulatorConfig = { tickets: { T1: ["a", "b", "c"] } }) {
  const simulator = await startSimulator(config);
  const auth = staticToken("demo-token");
  const client = createOsmClient({ endpoint: simulator.url, auth, timeoutMs: 3_000, sleep });
  return { simulator, client, [Symbol.asyncDispose]: () => simulator.close() };
}

test("removeAssociations removes what is there with one call for each id, and what is absent counts as reached", async () => {
  await using world = await start();
  const relatedIds = ["x", "a", "b", "y", "z"];
  expect(await removeAssociations(world.client, { ...REQUEST, relatedIds })).toMatchObject({
    removed: ["a", "b"],
    absent: ["x", "y", "z"],
    attempts: 3,
    httpStatus: 200,
  });
  expect(world.simulator.tickets().get("T1")).toEqual(["c"]);
  expect(world.simulator.journal().map(({ operation, relatedIds: ids }) => [operation, ...ids])).toEqual([
    ["list"],
    ["delete", "a"],
    ["delete", "b"],
  ]);
});

test("removeAssociations sends no write if nothing is there", async () => {
  await using world = await start({ tickets: { T1: ["c"] } });
  expect(await removeAssociations(world.client, REQUEST)).toMatchObject({ removed: [], absent: ["a", "b"] });
  expect(world.simulator.counts()).toMatchObject({ list: 1, delete: 0 });
});

test.each(["lostResponse", "http500AfterWrite", "hangAfterWrite"] as const)(
  "after %s removeAssociations lists, finds the removal done, and does not remove again",
  async (fault) => {
    await using world = await start();
    world.simulator.failNext({ operation: "delete", fault });
    expect(await removeAssociations(world.client, REQUEST)).toMatchObject({ removed: ["a", "b"], absent: [] });
    expect(world.simulator.counts()).toMatchObject({ list: 2, delete: 2 });
  },
);

test.each(["resetBefore", "http500", "operationFailed", "hang"] as const)(
  "after %s removeAssociations lists, finds the association there, and removes it again",
  async (fault) => {
    await using world = await start();
    world.simulator.failNext({ operation: "delete", fault });
    expect(await removeAssociations(world.client, REQUEST)).toMatchObject({ removed: ["a", "b"], attempts: 5 });
    expect(world.simulator.journal().map(({ operation, relatedIds }) => [operation, ...relatedIds])).toEqual([
      ["list"],
      ["delete", "a"],
      ["delete", "b"],
      ["list"],
      ["delete", "a"],
    ]);
  },
);

test("a removal whose outcome stays unknown is unknown, and the other id is removed", async () => {
  await using world = await start();
  world.simulator.failNext({ operation: "delete", fault: "resetBefore" });
  world.simulator.failNext({ operation: "delete", fault: "slow" });
  world.simulator.failNext({ operation: "delete", fault: "resetBefore", times: 2 });
  const error = await connectionErrorOf(removeAssociations(world.client, REQUEST, { retries: 2, sleep }));
  expect(error).toMatchObject({ kind: "reset", execution: "unknown", attempts: 8 });
  expect(error.removals).toEqual([
    { relatedId: "a", result: "unknown" },
    { relatedId: "b", result: "removed" },
  ]);
  expect(world.simulator.counts()).toMatchObject({ list: 4, delete: 4 });
});

const listOf = (...ids: string[]) => ({ body: { case_relation_list: ids.map((id) => ({ case_id: id })) } });
const REJECTED = { body: { error_code: "OSM.01010002", error_msg: "No operation permission." } };

test("a rejected removal is not repeated; the next id is removed, and the error has the result of each", async () => {
  await using server = await startLocalServer(listOf("a", "b"), REJECTED, {}, listOf("a"));
  const error = await apiErrorOf(removeAssociations(createTestClient(server.url), REQUEST, { sleep }));
  expect(error).toMatchObject({ errorClass: "forbidden", execution: "yes", attempts: 4, ticketId: "T1" });
  expect(error.removals).toEqual([
    { relatedId: "a", result: "present" },
    { relatedId: "b", result: "removed" },
  ]);
});

test("an association that another caller removed before a rejected removal is absent", async () => {
  await using server = await startLocalServer(listOf("a"), { body: { error_code: "OSM.01010015" } }, listOf());
  expect(await removeAssociations(createTestClient(server.url), REQUEST, { sleep })).toMatchObject({
    removed: [],
    absent: ["a", "b"],
    attempts: 3,
  });
});

test("an ambiguous removal that is rejected when it is repeated counts as removed if it is gone", async () => {
  const replies = [listOf("a"), "reset", listOf("a"), { body: { error_code: "OSM.01010015" } }, listOf()] as const;
  await using server = await startLocalServer(...replies);
  expect(await removeAssociations(createTestClient(server.url), REQUEST, { sleep })).toMatchObject({
    removed: ["a"],
    absent: ["b"],
  });
});

test.each([
  ["throttled", { status: 429 }, "no"],
  ["unauthenticated", { status: 401 }, "no"],
] as const)("after a failure of class %s nothing more is sent", async (errorClass, reply, execution) => {
  await using server = await startLocalServer(listOf("a", "b"), reply);
  const error = await apiErrorOf(removeAssociations(createTestClient(server.url), REQUEST, { retries: 0, sleep }));
  expect(error).toMatchObject({ errorClass, execution, attempts: 2 });
  expect(error.removals).toEqual([
    { relatedId: "a", result: "present" },
    { relatedId: "b", result: "present" },
  ]);
  expect(server.requests).toHaveLength(2);
});

test("an abort during a removal ends it: the id in flight is unknown, the next one is still there", async () => {
  await using server = await startLocalServer(listOf("a", "b"), "hang");
  const controller = new AbortController();
  const call = connectionErrorOf(
    removeAssociations(createTestClient(server.url), REQUEST, { sleep, signal: controller.signal }),
  );
  await server.arrival(2);
  controller.abort();
  const error = await call;
  expect(error).toMatchObject({ kind: "aborted", execution: "unknown", attempts: 2 });
  expect(error.removals).toEqual([
    { relatedId: "a", result: "unknown" },
    { relatedId: "b", result: "present" },
  ]);
});

test("a removal whose effect cannot be read stays unknown", async () => {
  await using server = await startLocalServer(listOf("a"), "reset", { status: 503 });
  const call = removeAssociations(createTestClient(server.url), REQUEST, { retries: 0, sleep });
  const error = await apiErrorOf(call);
  expect(error).toMatchObject({ httpStatus: 503, execution: "unknown", attempts: 3 });
  expect(error.removals).toEqual([
    { relatedId: "a", result: "unknown" },
    { relatedId: "b", result: "absent" },
  ]);
});

test("a failure of the first list has no results", async () => {
  const error = await connectionErrorOf(removeAssociations(createTestClient(await closedPort()), REQUEST));
  expect(error).toMatchObject({ kind: "refused", execution: "no" });
  expect(isOsmError(error) && error.removals).toBeUndefined();
});

test.each([
  [{ ticketId: "" }, "ticketId"],
  [{ relatedIds: [] }, "relatedIds"],
  [{ relatedIds: ["a", "a"] }, "relatedIds"],
  [{ relatedIds: ["T1"] }, "relatedIds"],
  [{ relatedIds: ["x".repeat(65)] }, "relatedIds"],
  [{ groupId: "" }, "groupId"],
])("removeAssociations with %j is an ArgumentError, and nothing is sent", async (change, argument) => {
  await using server = await startLocalServer({ body: {} });
  const call = removeAssociations(createTestClient(server.url), { ...REQUEST, ...change });
  expect(await argumentErrorOf(call)).toMatchObject({ argument });
  expect(server.requests).toEqual([]);
});

test("withResponse takes the promise of removeAssociations, and its calls use the options of the call", async () => {
  await using server = await startLocalServer(listOf("a"), { body: {}, headers: { "x-request-id": "r-9" } });
  const call = removeAssociations(createTestClient(server.url), REQUEST, { headers: { "X-Kind": "k" } });
  const { data, headers } = await withResponse(call);
  expect([data.removed, headers.get("X-Request-Id")]).toEqual([["a"], "r-9"]);
  expect(server.requests.map((request) => request.headers["x-kind"])).toEqual(["k", "k"]);
});
