import { startSimulator, type SimulatorConfig } from "@caselink/simulator";
import { expect, test } from "vitest";
import { createOsmClient, ensureAssociations, staticToken, withResponse, type OsmClient } from "../src/index.ts";
import { apiErrorOf, connectionErrorOf } from "./support/failure-of.ts";
import { startLocalServer } from "./support/local-server.ts";
import { createTestClient } from "./support/test-client.ts";

const sleep = () => Promise.resolve();
const REQUEST = { ticketId: "T1", relatedIds: ["a", "b"], groupId: "g" } as const;

async function start(config: SimulatorConfig = {}) {
  const simulator = await startSimulator(config);
  const client: OsmClient = createOsmClient({
    endpoint: simulator.url,
    auth: staticToken("demo-token"),
    timeoutMs: 3_000,
    sleep,
  });
  return { simulator, client, [Symbol.asyncDispose]: () => simulator.close() };
}

test("ensureAssociations creates the missing associations and returns the existing ones", async () => {
  await using world = await start({ tickets: { T1: ["b"] } });
  expect(await ensureAssociations(world.client, REQUEST)).toMatchObject({
    created: ["a"],
    existing: ["b"],
    attempts: 2,
    httpStatus: 200,
  });
  expect(world.simulator.tickets().get("T1")).toEqual(["b", "a"]);
  expect(world.simulator.violations().repeatedCreates).toEqual([]);
});

test("ensureAssociations sends no write if nothing is missing", async () => {
  await using world = await start({ tickets: { T1: ["a", "b", "c"] } });
  expect(await ensureAssociations(world.client, REQUEST)).toMatchObject({ created: [], existing: ["a", "b"] });
  expect(world.simulator.counts()).toMatchObject({ list: 1, create: 0 });
});

test("ensureAssociations rejects without a write if the ticket would get more than three", async () => {
  await using world = await start({ tickets: { T1: ["x", "y"] } });
  const error = await apiErrorOf(ensureAssociations(world.client, REQUEST));
  expect(error).toMatchObject({ errorClass: "limit", execution: "no", attempts: 1 });
  expect(error.message).toContain("has 2 of 3 associations and no room for 2 more");
  expect(world.simulator.counts().create).toBe(0);
});

test.each(["lostResponse", "http500AfterWrite", "hangAfterWrite"] as const)(
  "after %s ensureAssociations lists, finds the write done, and does not write again",
  async (fault) => {
    await using world = await start();
    world.simulator.failNext({ operation: "create", fault });
    expect(await ensureAssociations(world.client, REQUEST)).toMatchObject({ created: ["a", "b"], existing: [] });
    expect(world.simulator.counts()).toMatchObject({ list: 2, create: 1 });
    expect(world.simulator.violations().repeatedCreates).toEqual([]);
  },
);

test.each(["resetBefore", "http500", "operationFailed", "hang"] as const)(
  "after %s ensureAssociations lists, finds nothing written, and writes again",
  async (fault) => {
    await using world = await start();
    world.simulator.failNext({ operation: "create", fault });
    expect(await ensureAssociations(world.client, REQUEST)).toMatchObject({ created: ["a", "b"], attempts: 4 });
    expect(world.simulator.tickets().get("T1")).toEqual(["a", "b"]);
  },
);

test("ensureAssociations gives up with the last failure if the outcome stays unknown", async () => {
  await using world = await start({ faults: { create: { resetBefore: 1 } } });
  const call = ensureAssociations(world.client, REQUEST, { retries: 2, sleep });
  expect(await connectionErrorOf(call)).toMatchObject({ kind: "reset", execution: "unknown" });
  expect(world.simulator.counts().create).toBe(3);
});

test("ensureAssociations passes the rejection of one id to the caller immediately", async () => {
  await using world = await start({ unknownTickets: ["b"] });
  const error = await apiErrorOf(ensureAssociations(world.client, { ...REQUEST, relatedIds: ["b"] }));
  expect(error).toMatchObject({ errorClass: "not-found", execution: "no", attempts: 2 });
  expect(world.simulator.counts()).toMatchObject({ list: 1, create: 1 });
});

test("a create whose effect cannot be read stays unknown, and the error counts every request", async () => {
  await using server = await startLocalServer({ body: {} }, { status: 500 }, { status: 503 });
  const call = ensureAssociations(createTestClient(server.url, { retries: 3 }), REQUEST, { sleep });
  // One list, one create, and the second list with its three retries.
  expect(await apiErrorOf(call)).toMatchObject({ httpStatus: 503, execution: "unknown", attempts: 6 });
});

test("a create whose effect was not read when the caller aborts stays unknown", async () => {
  await using server = await startLocalServer({ body: {} }, { status: 500 }, "hang");
  const controller = new AbortController();
  const call = connectionErrorOf(
    ensureAssociations(createTestClient(server.url), REQUEST, { sleep, signal: controller.signal }),
  );
  await server.arrival(3);
  controller.abort();
  expect(await call).toMatchObject({ kind: "aborted", execution: "unknown", attempts: 3 });
});

const NOT_FOUND = { body: { error_code: "OSM.01010015", error_msg: "This case does not exist." } };
const listOf = (...ids: string[]) => ({ body: { case_relation_list: ids.map((id) => ({ case_id: id })) } });

test.each([
  ["creates one of them", listOf("a"), "yes"],
  ["creates none of them", listOf(), "no"],
])("a rejected create of two ids that %s is settled by reading", async (_what, listed, execution) => {
  await using server = await startLocalServer({ body: {} }, NOT_FOUND, listed);
  const error = await apiErrorOf(ensureAssociations(createTestClient(server.url), REQUEST, { sleep }));
  expect(error).toMatchObject({ errorClass: "not-found", execution, attempts: 3 });
});

test("a rejected create of two ids that created both is a success", async () => {
  await using server = await startLocalServer({ body: {} }, NOT_FOUND, listOf("a", "b"));
  expect(await ensureAssociations(createTestClient(server.url), REQUEST, { sleep })).toMatchObject({
    created: ["a", "b"],
    attempts: 3,
  });
});

test("withResponse takes the promise of ensureAssociations, with the headers of the last response", async () => {
  await using server = await startLocalServer({ body: {} }, { body: {}, headers: { "x-request-id": "r-9" } });
  const { data, headers } = await withResponse(ensureAssociations(createTestClient(server.url), REQUEST));
  expect([data.created, headers.get("X-Request-Id")]).toEqual([["a", "b"], "r-9"]);
});
