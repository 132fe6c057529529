import { chunkIds, laneOf } from "@caselink/ledger";
import { expect, test } from "vitest";
import { RejectionClassifier } from "../src/batch/rejection-classifier.ts";
import type { ApiConnector } from "../src/index.ts";
import { outcomesOf, sum, workAll } from "./support/work-all.ts";
import { openWorld, type Row, type World } from "./support/world.ts";

const refusing = (world: World, status: number, body?: object): ApiConnector =>
  world.openConnector({
    fetch: async () => new Response(body && JSON.stringify(body), { status }),
  });

test("an account that may do nothing at all blocks the batch, and no row is to blame", async () => {
  await using world = await openWorld({ forbiddenTickets: ".*" });
  const record = await world.plan(Array.from({ length: 200 }, (_, i): Row => [`T${i}`, "r"]));
  const results = await workAll(world, record);
  const troubles = results.flatMap(({ waitReason }) => waitReason ?? []);
  expect(troubles[0]).toMatchObject({ kind: "permission", code: "OSM.01010002" });
  expect(troubles[0]?.reason).toContain("No operation permission.");
  expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["null"]));
  expect(world.simulator.journal().length).toBeLessThan(60);
  world.simulator.configure({ forbiddenTickets: "^T7$" });
  await workAll(world, record);
  const outcomes = await world.outcomes(record.id);
  expect([outcomes[7], outcomes.filter((outcome) => outcome === "created").length]).toEqual(["forbidden", 199]);
});

test("also where it may read, and only every write is refused", async () => {
  await using world = await openWorld();
  const record = await world.plan(Array.from({ length: 60 }, (_, i): Row => [`T${i}`, "r"]));
  const readOnly = world.openConnector({
    fetch: async (url, request) =>
      request.method === "GET" ? globalThis.fetch(url, request) : Response.json({ error_code: "OSM.01010002" }),
  });
  const results = await workAll(world, record, { dependencies: { api: readOnly } });
  expect(results.flatMap(({ waitReason }) => waitReason?.kind ?? [])).toContain("permission");
  expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["null"]));
});

test("a batch of one or two tickets that are forbidden ends with rows that are forbidden", async () => {
  const [outcomes] = await outcomesOf({ forbiddenTickets: ".*" }, [
    ["A", "a1"],
    ["B", "b1"],
  ]);
  expect(outcomes).toEqual(["forbidden", "forbidden"]);
});

test("a forbidden ticket that comes first waits for the others, and is forbidden when they are let in", async () => {
  await using world = await openWorld({ forbiddenTickets: "^DENIED" });
  const record = await world.plan([["DENIED", "r"], ...Array.from({ length: 40 }, (_, i): Row => [`T${i}`, "r"])]);
  const works = [];
  // Whatever lane it is in, it comes up before any other.
  const denied = chunkIds(record).find((id) => id.startsWith(laneOf("DENIED"))) as string;
  works.push(await workAll(world, { ...record, chunks: { [denied.charAt(0)]: 1 } }));
  works.push(await workAll(world, record));
  works.push(await workAll(world, record));
  expect(works.flat().flatMap(({ waitReason }) => waitReason ?? [])).toEqual([]);
  const outcomes = await world.outcomes(record.id);
  expect([outcomes[0], outcomes.filter((outcome) => outcome === "created").length]).toEqual(["forbidden", 40]);
});

test("the gateway's word that the API may not be used stops a batch after one request", async () => {
  await using world = await openWorld();
  const record = await world.plan([["A", "a1"]]);
  const api = refusing(world, 403, { error_code: "APIGW.0304", error_msg: "The app is not authorized." });
  const [result] = await workAll(world, record, { dependencies: { api } });
  expect(result?.waitReason).toMatchObject({ kind: "permission", code: "APIGW.0304", httpStatus: 403 });
  expect(await world.outcomes(record.id)).toEqual(["null"]);
});

test.for([
  ["APIGW.0101", 404],
  ["APIGW.0103", 404],
  ["APIGW.0106", 400],
  ["APIG.0101", 404],
] as const)("%s, an address without such an API, blocks the batch with the address", async ([code, status]) => {
  await using world = await openWorld();
  const record = await world.plan(Array.from({ length: 30 }, (_, i): Row => [`T${i}`, "r"]));
  const api = refusing(world, status, { error_code: code, error_msg: "The API does not exist." });
  const results = await workAll(world, record, { dependencies: { api } });
  const [waitReason] = results.flatMap((result) => result.waitReason ?? []);
  expect(waitReason).toMatchObject({ kind: "endpoint", code, httpStatus: status });
  expect(waitReason?.reason).toContain(`there is no such API at ${world.simulator.url}`);
  expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["null"]));
});

test("so does a 404 that no document describes, also for a batch of one row", async () => {
  await using world = await openWorld();
  const record = await world.plan([["A", "a1"]]);
  const [result] = await workAll(world, record, { dependencies: { api: refusing(world, 404) } });
  expect(result?.waitReason).toMatchObject({ kind: "endpoint", httpStatus: 404 });
});

test("a page that is no answer of the API, in the place of a list, is an address without such an API", async () => {
  await using world = await openWorld();
  const record = await world.plan([["A", "a1"]]);
  const api = world.openConnector({ fetch: async () => new Response("<html>Sign in</html>") });
  const [result] = await workAll(world, record, { dependencies: { api } });
  expect(result?.waitReason?.kind).toBe("endpoint");
});

test("an API that goes away in the middle fails no row: they wait", async () => {
  await using world = await openWorld();
  const record = await world.plan(Array.from({ length: 40 }, (_, i): Row => [`T${i}`, "r"]));
  let writes = 0;
  const api = world.openConnector({
    fetch: async (url, request) =>
      request.method === "POST" && writes++ >= 5
        ? Response.json({ error_code: "APIGW.0101" }, { status: 404 })
        : globalThis.fetch(url, request),
  });
  const results = await workAll(world, record, { dependencies: { api } });
  const outcomes = await world.outcomes(record.id);
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(5);
  expect(outcomes.filter((outcome) => outcome === "null")).toHaveLength(35);
  expect(sum(results, "retryable") + sum(results, "deferred")).toBe(35);
});

const UPGRADED = { error_code: "OSM.01010099", error_msg: "The system is being upgraded." };
/** Answers writes with a code that no document names; all, or those that are named. */
const unknownTo = (world: World, isMeant: (url: string) => boolean = () => true): ApiConnector =>
  world.openConnector({
    fetch: async (url, request) =>
      request.method === "POST" && isMeant(url) ? Response.json(UPGRADED) : globalThis.fetch(url, request),
  });

test.for([60, 3])(
  "a code of no document for every write of %d tickets blocks the batch, and no row is to blame",
  async (count) => {
    await using world = await openWorld();
    const record = await world.plan(Array.from({ length: count }, (_, i): Row => [`T${i}`, "r"]));
    const results = await workAll(world, record, { dependencies: { api: unknownTo(world) } });
    const [waitReason] = results.flatMap((result) => result.waitReason ?? []);
    expect(waitReason).toMatchObject({ kind: "behaviour", code: "OSM.01010099", httpStatus: 200 });
    expect(waitReason?.reason).toContain("OSM.01010099: The system is being upgraded.");
    expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["null"]));
    expect([sum(results, "deferred"), sum(results, "ambiguous")]).toEqual([count, 0]);
    await workAll(world, record); // a resume, when it is upgraded
    expect(new Set(await world.outcomes(record.id))).toEqual(new Set(["created"]));
  },
);

test("once a write went well, such a code fails the row that it is said to", async () => {
  await using world = await openWorld();
  const record = await world.plan(Array.from({ length: 20 }, (_, i): Row => [`T${i}`, "r"]));
  const dependencies = {
    api: unknownTo(world, (url) => /T1?[0-8]\//.test(url)),
    classifier: new RejectionClassifier(20),
  };
  // Those of lanes that were worked before any write went well wait for the next turn.
  await workAll(world, record, { dependencies });
  await workAll(world, record, { dependencies });
  const outcomes = await world.outcomes(record.id);
  expect(outcomes.filter((outcome) => outcome === "failed")).toHaveLength(18);
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(2);
});

test("so it does in a batch of one or two tickets", async () => {
  await using world = await openWorld();
  const record = await world.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  await workAll(world, record, { dependencies: { api: unknownTo(world) } });
  expect(await world.outcomes(record.id)).toEqual(["failed", "failed"]);
});
