import { startSimulator, type SimulatorConfig } from "@caselink/simulator";
import { expect, test } from "vitest";
import { createOsmClient, ensureAssociations, staticToken, type OsmClient } from "../src/index.ts";
import { apiErrorOf, connectionErrorOf } from "./support/failure-of.ts";

const sleep = () => Promise.resolve();
const REQUEST = { ticketId: "T1", relatedIds: ["a", "b"], groupId: "g" } as const;

async function start(config: SimulatorConfig = {}) {
  const simulator = await startSimulator(config);
  const client: OsmClient = createOsmClient({
    endpoint: simulator.url,
    auth: staticToken("demo-token"),
    timeoutMs: 1_000,
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
  expect(error.message).toContain("has 2 associations, and 2 more would exceed 3");
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

test("ensureAssociations passes a rejection to the caller immediately", async () => {
  await using world = await start({ unknownTickets: ["b"] });
  expect(await apiErrorOf(ensureAssociations(world.client, REQUEST))).toMatchObject({ errorClass: "not-found" });
  expect(world.simulator.counts().create).toBe(1);
});
