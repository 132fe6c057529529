import { expect, test } from "vitest";
import { openEngineHarness, type EngineHarness, type Row } from "./support/engine-harness.ts";
import { sum, workAll } from "./support/work-all.ts";

const rowsOf = (count: number, name = "T"): Row[] =>
  Array.from({ length: count }, (_, at): Row => [`${name}${at}`, "r"]);
const down = { outage: { afterRequests: 0, forMs: 3_600_000, kind: "503" } } as const;
const requestsOf = (harness: EngineHarness): number => harness.simulator.journal().length;

test("an API that is down stops a chunk after a few requests, and no row gets an outcome", async () => {
  await using harness = await openEngineHarness(down);
  const record = await harness.plan(rowsOf(200));
  const results = await workAll(harness, record);
  expect(sum(results, "retryable") + sum(results, "deferred")).toBe(200);
  expect(new Set(results.map(({ waitReason }) => waitReason?.kind))).toEqual(new Set(["unavailable"]));
  expect(requestsOf(harness)).toBeLessThan(30);
});

test("once an API is down, a turn ends with its first request that is not admitted, and says why", async () => {
  await using harness = await openEngineHarness(down);
  // Few tickets in each chunk: no turn sees many failures.
  const results = await workAll(harness, await harness.plan(rowsOf(40), { ticketsPerChunk: 1 }));
  const first = results.findIndex(({ waitReason }) => waitReason);
  expect(first).toBeLessThan(6);
  const reason = "the API responds with HTTP 503";
  for (const result of results.slice(first + 1))
    expect(result).toMatchObject({ deferred: 1, waitReason: { kind: "unavailable", reason, httpStatus: 503 } });
});

test("the few tickets of a small batch show in its second round that an API is down", async () => {
  await using harness = await openEngineHarness(down);
  const record = await harness.plan(rowsOf(3));
  expect(sum(await workAll(harness, record), "retryable")).toBe(3);
  const results = await workAll(harness, record);
  expect(results.at(-1)?.waitReason).toMatchObject({ kind: "unavailable", httpStatus: 503 });
});

test("an API that responds to every request with HTTP 200 and a code for a temporary failure is down", async () => {
  await using harness = await openEngineHarness({ faults: { list: { operationFailed: 1 } } });
  const record = await harness.plan(rowsOf(80));
  const results = await workAll(harness, record);
  expect(results.at(-1)?.waitReason).toMatchObject({ kind: "unavailable", httpStatus: 200 });
  expect([harness.connector.outages.isDown, sum(results, "deferred") > 0]).toEqual([true, true]);
  expect(requestsOf(harness)).toBeLessThan(60);
});

test("one ticket that cannot be read, the only one left, holds up no other batch", async () => {
  await using harness = await openEngineHarness();
  harness.simulator.failNext({ operation: "list", ticket: "T0", fault: "http500", times: 1_000 });
  const record = await harness.plan(rowsOf(1));
  for (let round = 0; round < 8; round++)
    expect(await workAll(harness, record)).toMatchObject([{ retryable: 1, deferred: 0 }]);
  const other = await harness.plan(rowsOf(40, "U"));
  expect((await workAll(harness, other)).flatMap(({ waitReason }) => waitReason ?? [])).toEqual([]);
  expect(new Set(await harness.outcomes(other.id))).toEqual(new Set(["created"]));
});
