import { chunkIds, laneOf } from "@caselink/ledger";
import { expect, test } from "vitest";
import { RejectionClassifier } from "../src/batch/rejection-classifier.ts";
import type { ApiConnector } from "../src/index.ts";
import { outcomesOf, sum, workAll } from "./support/work-all.ts";
import { openEngineHarness, type Row, type EngineHarness } from "./support/engine-harness.ts";

const refusing = (harness: EngineHarness, status: number, body?: object): ApiConnector =>
  harness.openConnector({
    fetch: async () => new Response(body && JSON.stringify(body), { status }),
  });

test("an account without any permission blocks the batch, and no row gets an outcome", async () => {
  await using harness = await openEngineHarness({ forbiddenTickets: ".*" });
  const record = await harness.plan(Array.from({ length: 200 }, (_, i): Row => [`T${i}`, "r"]));
  const results = await workAll(harness, record);
  const waitReasons = results.flatMap(({ waitReason }) => waitReason ?? []);
  expect(waitReasons[0]).toMatchObject({ kind: "permission", code: "OSM.01010002" });
  expect(waitReasons[0]?.reason).toContain("No operation permission.");
  expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["null"]));
  expect(harness.simulator.journal().length).toBeLessThan(60);
  harness.simulator.configure({ forbiddenTickets: "^T7$" });
  await workAll(harness, record);
  const outcomes = await harness.outcomes(record.id);
  expect([outcomes[7], outcomes.filter((outcome) => outcome === "created").length]).toEqual(["forbidden", 199]);
});

test("an account with permission to read but not to write blocks the batch", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(Array.from({ length: 60 }, (_, i): Row => [`T${i}`, "r"]));
  const readOnly = harness.openConnector({
    fetch: async (url, request) =>
      request.method === "GET" ? globalThis.fetch(url, request) : Response.json({ error_code: "OSM.01010002" }),
  });
  const results = await workAll(harness, record, { dependencies: { api: readOnly } });
  expect(results.flatMap(({ waitReason }) => waitReason?.kind ?? [])).toContain("permission");
  expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["null"]));
});

test("a batch of one or two forbidden tickets ends with forbidden rows", async () => {
  const [outcomes] = await outcomesOf({ forbiddenTickets: ".*" }, [
    ["A", "a1"],
    ["B", "b1"],
  ]);
  expect(outcomes).toEqual(["forbidden", "forbidden"]);
});

test("a forbidden ticket that comes first waits for the others, and ends as forbidden when the API accepts them", async () => {
  await using harness = await openEngineHarness({ forbiddenTickets: "^DENIED" });
  const record = await harness.plan([["DENIED", "r"], ...Array.from({ length: 40 }, (_, i): Row => [`T${i}`, "r"])]);
  const works = [];
  // It is worked before any other ticket, whatever its lane.
  const denied = chunkIds(record).find((id) => id.startsWith(laneOf("DENIED"))) as string;
  works.push(await workAll(harness, { ...record, chunks: { [denied.charAt(0)]: 1 } }));
  works.push(await workAll(harness, record));
  works.push(await workAll(harness, record));
  expect(works.flat().flatMap(({ waitReason }) => waitReason ?? [])).toEqual([]);
  const outcomes = await harness.outcomes(record.id);
  expect([outcomes[0], outcomes.filter((outcome) => outcome === "created").length]).toEqual(["forbidden", 40]);
});

test("a gateway's code for an API that may not be used stops a batch after one request", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["A", "a1"]]);
  const api = refusing(harness, 403, { error_code: "APIGW.0304", error_msg: "The app is not authorized." });
  const [result] = await workAll(harness, record, { dependencies: { api } });
  expect(result?.waitReason).toMatchObject({ kind: "permission", code: "APIGW.0304", httpStatus: 403 });
  expect(await harness.outcomes(record.id)).toEqual(["null"]);
});

test.for([
  ["APIGW.0101", 404],
  ["APIGW.0103", 404],
  ["APIGW.0106", 400],
  ["APIG.0101", 404],
] as const)("%s, an address without such an API, blocks the batch with the address", async ([code, status]) => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(Array.from({ length: 30 }, (_, i): Row => [`T${i}`, "r"]));
  const api = refusing(harness, status, { error_code: code, error_msg: "The API does not exist." });
  const results = await workAll(harness, record, { dependencies: { api } });
  const [waitReason] = results.flatMap((result) => result.waitReason ?? []);
  expect(waitReason).toMatchObject({ kind: "endpoint", code, httpStatus: status });
  expect(waitReason?.reason).toContain(`there is no such API at ${harness.simulator.url}`);
  expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["null"]));
});

test("a batch of one row is blocked by an undocumented 404", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["A", "a1"]]);
  const [result] = await workAll(harness, record, { dependencies: { api: refusing(harness, 404) } });
  expect(result?.waitReason).toMatchObject({ kind: "endpoint", httpStatus: 404 });
});

test("a web page instead of a list of associations counts as an address without such an API", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["A", "a1"]]);
  const api = harness.openConnector({ fetch: async () => new Response("<html>Sign in</html>") });
  const [result] = await workAll(harness, record, { dependencies: { api } });
  expect(result?.waitReason?.kind).toBe("endpoint");
});

test("rows wait if the API disappears in the middle of a batch", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(Array.from({ length: 40 }, (_, i): Row => [`T${i}`, "r"]));
  let writes = 0;
  const api = harness.openConnector({
    fetch: async (url, request) =>
      request.method === "POST" && writes++ >= 5
        ? Response.json({ error_code: "APIGW.0101" }, { status: 404 })
        : globalThis.fetch(url, request),
  });
  const results = await workAll(harness, record, { dependencies: { api } });
  const outcomes = await harness.outcomes(record.id);
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(5);
  expect(outcomes.filter((outcome) => outcome === "null")).toHaveLength(35);
  expect(sum(results, "retryable") + sum(results, "deferred")).toBe(35);
});

const UPGRADED = { error_code: "OSM.01010099", error_msg: "The system is being upgraded." };
/** An API that responds to writes with an undocumented code; by default to all writes. */
const unknownTo = (harness: EngineHarness, isAffected: (url: string) => boolean = () => true): ApiConnector =>
  harness.openConnector({
    fetch: async (url, request) =>
      request.method === "POST" && isAffected(url) ? Response.json(UPGRADED) : globalThis.fetch(url, request),
  });

test.for([60, 3])(
  "an undocumented code for every write of %d tickets blocks the batch, and no row gets an outcome",
  async (count) => {
    await using harness = await openEngineHarness();
    const record = await harness.plan(Array.from({ length: count }, (_, i): Row => [`T${i}`, "r"]));
    const results = await workAll(harness, record, { dependencies: { api: unknownTo(harness) } });
    const [waitReason] = results.flatMap((result) => result.waitReason ?? []);
    expect(waitReason).toMatchObject({ kind: "behaviour", code: "OSM.01010099", httpStatus: 200 });
    expect(waitReason?.reason).toContain("OSM.01010099: The system is being upgraded.");
    expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["null"]));
    expect(sum(results, "deferred") + sum(results, "retryable")).toBe(count);
    expect(sum(results, "ambiguous")).toBe(0);
    await workAll(harness, record); // a resume, when it is upgraded
    expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["created"]));
  },
);

test("an undocumented code fails its row once a write of the batch has succeeded", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(Array.from({ length: 20 }, (_, i): Row => [`T${i}`, "r"]));
  const dependencies = {
    api: unknownTo(harness, (url) => /T1?[0-8]\//.test(url)),
    classifier: new RejectionClassifier(20),
  };
  // Tickets of lanes that were worked before the first successful write wait for the next turn.
  await workAll(harness, record, { dependencies });
  await workAll(harness, record, { dependencies });
  const outcomes = await harness.outcomes(record.id);
  expect(outcomes.filter((outcome) => outcome === "failed")).toHaveLength(18);
  expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(2);
});

test("an undocumented code fails the rows of a batch of one or two tickets", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  await workAll(harness, record, { dependencies: { api: unknownTo(harness) } });
  expect(await harness.outcomes(record.id)).toEqual(["failed", "failed"]);
});
