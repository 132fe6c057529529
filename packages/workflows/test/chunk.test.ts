import { chunkIds, type BatchRecord, type Ledger } from "@caselink/ledger";
import { expect, test } from "vitest";
import type { ApiConnector } from "../src/index.ts";
import { NO_VIOLATIONS } from "@caselink/test-support";
import { outcomesOf, sum, workAll } from "./support/work-all.ts";
import { openEngineHarness, type Row } from "./support/engine-harness.ts";

/** A wait that takes its time, for tests about time. */
const really = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

test("all missing rows of a ticket are sent in one call, and none that is already there", async () => {
  const [outcomes, simulator] = await outcomesOf({ tickets: { B: ["b1"] } }, [
    ["A", "a1"],
    ["A", "a2"],
    ["A", "a3"],
    ["B", "b1"],
    ["B", "b2"],
  ]);
  expect(outcomes).toEqual(["created", "created", "created", "already_associated", "created"]);
  const creates = simulator.journal().filter(({ operation }) => operation === "create");
  expect(new Map(creates.map(({ ticket, relatedIds }) => [ticket, relatedIds]))).toEqual(
    new Map([
      ["A", ["a1", "a2", "a3"]],
      ["B", ["b2"]],
    ]),
  );
  expect(creates).toHaveLength(2);
});

test("a ticket that cannot take all its rows gets none of them", async () => {
  const [outcomes, simulator] = await outcomesOf({ limitEnforced: false, tickets: { A: ["x", "y"] } }, [
    ["A", "a1"],
    ["A", "a2"],
  ]);
  expect(outcomes).toEqual(["limit_reached", "limit_reached"]);
  expect(simulator.counts().create).toBe(0);
});

test("with over-limit fill, a ticket gets the first rows that fit", async () => {
  await using harness = await openEngineHarness({ limitEnforced: false, tickets: { A: ["x", "y"] } });
  const record = await harness.plan(
    [
      ["A", "a1"],
      ["A", "a2"],
    ],
    { overLimit: "fill" },
  );
  await workAll(harness, record);
  expect(await harness.outcomes(record.id)).toEqual(["created", "limit_reached"]);
});

test("with over-limit fill, the next row takes the place of a rejected one", async () => {
  const tickets = { A: ["x", "y"], B: ["x"] };
  await using harness = await openEngineHarness({ limitEnforced: false, unknownTickets: "^GONE", tickets });
  const record = await harness.plan(
    [
      ["A", "GONE1"],
      ["A", "a2"],
      ["A", "a3"],
      ["B", "b1"],
      ["B", "GONE2"],
      ["B", "b3"],
    ],
    { overLimit: "fill" },
  );
  await workAll(harness, record);
  const expected = ["not_found", "created", "limit_reached", "created", "not_found", "created"];
  expect(await harness.outcomes(record.id)).toEqual(expected);
  expect(harness.simulator.violations()).toEqual(NO_VIOLATIONS);
});

test("a bad row sinks neither the other ids of its call nor other tickets", async () => {
  const [outcomes] = await outcomesOf({ unknownTickets: "^GONE", forbiddenTickets: "^DENIED" }, [
    ["A", "a1"],
    ["A", "GONE1"],
    ["A", "a2"],
    ["GONE2", "b1"],
    ["DENIED", "c1"],
    ["D", "d1"],
  ]);
  expect(outcomes).toEqual(["created", "not_found", "created", "not_found", "forbidden", "created"]);
});

test("a bad row does not sink the other ids of its call on a server that executes a part of a rejected call", async () => {
  const [outcomes, simulator] = await outcomesOf({ atomic: false, unknownTickets: "^GONE" }, [
    ["A", "a1"],
    ["A", "GONE1"],
    ["A", "a2"],
  ]);
  expect(outcomes).toEqual(["created", "not_found", "created"]);
  expect(simulator.tickets()).toEqual(new Map([["A", ["a1", "a2"]]]));
});

test.for(["lostResponse", "resetBefore", "http500", "http500AfterWrite", "http503", "operationFailed"] as const)(
  "a write that ends in %s is settled by reading the ticket",
  async (fault) => {
    const [outcomes, simulator] = await outcomesOf(
      {},
      [
        ["A", "a1"],
        ["A", "a2"],
      ],
      (harness) => harness.simulator.failNext({ operation: "create", fault, times: 2 }),
    );
    expect(outcomes).toEqual(["created", "created"]);
    expect(simulator.tickets()).toEqual(new Map([["A", ["a1", "a2"]]]));
  },
);

test("a ticket that keeps failing is retryable, with no ambiguous write, and the others are settled", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  harness.simulator.failNext({ operation: "create", ticket: "A", fault: "operationFailed", times: 50 });
  const results = await workAll(harness, record);
  expect(sum(results, "retryable")).toBe(1);
  expect(sum(results, "ambiguous") + sum(results, "deferred")).toBe(0);
  expect(await harness.outcomes(record.id)).toEqual(["null", "created"]);
});

test("a ticket that cannot be read after an ambiguous write stays ambiguous, and the next pass of the turn resolves it", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["A", "a1"]]);
  harness.simulator.failNext({ operation: "create", fault: "lostResponse" });
  await harness.simulator.waitFor(() => true);
  const failAfterWrite = harness.simulator
    .waitFor(({ counts }) => counts.create === 1)
    .then(() => harness.simulator.failNext({ operation: "list", fault: "http503", times: 16 }));
  const [first] = await workAll(harness, record);
  await failAfterWrite;
  expect([first?.ambiguous, first?.counts?.outcomes]).toEqual([1, {}]);
  harness.simulator.reset(); // what was created is gone with it, so it must be found missing
  const anotherProcess = { api: harness.openConnector() };
  const [second] = await workAll(harness, record, { task: { budgetMs: 0 }, dependencies: anotherProcess });
  expect([second?.ambiguous, second?.deferred]).toEqual([0, 1]);
});

test("associations that an attempt created before it died still count as created in the next attempt", async () => {
  await using harness = await openEngineHarness({ tickets: { B: ["b1"] } });
  const record = await harness.plan([
    ["A", "a1"],
    ["A", "a2"],
    ["B", "b1"],
    ["B", "b2"],
  ]);
  const dying: Ledger = {
    ...harness.ledger,
    writeResults: () => Promise.reject(new Error("killed")),
  };
  for (const id of chunkIds(record)) {
    const only = { ...record, chunks: { [id[0] as string]: 1 } };
    await expect(workAll(harness, only, { ledger: dying })).rejects.toThrow("killed");
  }
  expect(harness.simulator.tickets().get("A")).toEqual(["a1", "a2"]);
  await workAll(harness, record);
  expect(await harness.outcomes(record.id)).toEqual(["created", "created", "already_associated", "created"]);
  expect(harness.simulator.violations().repeatedCreates).toEqual([]);
  expect(harness.simulator.counts().create).toBe(2);
});

test("nothing is sent for a ticket before its snapshot is stored", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["A", "a1"]]);
  const dying: Ledger = { ...harness.ledger, writeSnapshot: () => Promise.reject(new Error("killed")) };
  await expect(workAll(harness, record, { ledger: dying })).rejects.toThrow("killed");
  expect(harness.simulator.counts().create).toBe(0);
});

test("a later turn takes a new snapshot, so associations that others added meanwhile do not count as created", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["A", "a1"]]);
  harness.simulator.failNext({ operation: "create", fault: "http429", times: 4 });
  const [first] = await workAll(harness, record);
  expect([first?.deferred, first?.waitReason?.kind]).toEqual([1, "slow-down"]);
  await harness.api.createAssociations({ ticketId: "A", relatedIds: ["a1"], groupId: "g" });
  await workAll(harness, record);
  expect(await harness.outcomes(record.id)).toEqual(["already_associated"]);
});

test("another batch leaves an ambiguous ticket alone, and an attempt that wakes up after that sends and stores nothing", async () => {
  await using harness = await openEngineHarness({ limitEnforced: false });
  const [a, b] = [
    await harness.plan([
      ["T", "a1"],
      ["T", "a2"],
    ]),
    await harness.plan([
      ["T", "b1"],
      ["T", "b2"],
    ]),
  ];
  const attempt = (record: BatchRecord) => workAll(harness, record, { dependencies: clock });
  // All attempts use one clock; a wait advances it.
  let passed = 0;
  const clock = {
    now: () => Date.now() + passed,
    sleep: async (milliseconds: number) => void (passed += milliseconds),
  };
  const gate = Promise.withResolvers<void>();
  const asleep = Promise.withResolvers<void>();
  const sleepy = harness.openConnector();
  const stalled: ApiConnector = {
    ...sleepy,
    connect: (beforeWrite) =>
      sleepy.connect(async () => {
        asleep.resolve();
        await gate.promise;
        await beforeWrite();
      }),
  };
  const sleeper = workAll(harness, a, { dependencies: { ...clock, api: stalled } });
  await asleep.promise;
  expect(sum(await attempt(b), "retryable")).toBe(1);
  const [row] = await harness.ledger.readResults(b.id, chunkIds(b)[0] as string);
  expect(row?.error_message).toContain(`batch ${a.id} may have written to the ticket`);
  gate.resolve();
  await expect(sleeper).rejects.toThrow("another attempt holds lane");
  expect(harness.simulator.tickets()).toEqual(new Map());
  expect(await harness.ledger.readResults(a.id, chunkIds(a)[0] as string)).toEqual([]);
  await attempt(a);
  expect(await harness.outcomes(a.id)).toEqual(["created", "created"]);
  await attempt(b);
  expect(await harness.outcomes(b.id)).toEqual(["limit_reached", "limit_reached"]);
  expect(harness.simulator.violations().overLimitAsked).toEqual([]);
});

test("a server that replaces instead of adding is detected with one ticket", async () => {
  await using harness = await openEngineHarness({
    semantics: "replace",
    tickets: { T0: ["old"], T1: ["old"], T2: ["old"] },
  });
  const rows = Array.from({ length: 30 }, (_, i): Row => [`T${i % 3}`, `r${i}`]).slice(0, 6);
  const record = await harness.plan(rows, { ticketsPerChunk: 640 });
  const results = await workAll(harness, record);
  const reasons = results.flatMap(({ waitReason }) => waitReason ?? []);
  expect(reasons.map(({ kind }) => kind)).toContain("behaviour");
  expect(reasons[0]?.reason).toContain("1 went away");
  const touched = new Set(
    harness.simulator
      .journal()
      .filter(({ written }) => written.length > 0)
      .map(({ ticket }) => ticket),
  );
  expect(touched.size).toBe(1);
});

test("a server that reports success and does nothing is detected with one ticket, which does not count as created", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan(Array.from({ length: 20 }, (_, i): Row => [`T${i}`, "r"]));
  const idle = harness.openConnector({
    fetch: async (url, request) => (request.method === "POST" ? new Response("{}") : globalThis.fetch(url, request)),
  });
  const results = await workAll(harness, record, { dependencies: { api: idle } });
  expect(results.every(({ waitReason }) => waitReason?.kind === "behaviour")).toBe(true);
  expect(results.map(({ counts }) => counts?.settledTickets)).toEqual(results.map(() => 0));
});

test("reads that lag behind writes do not count as misbehaviour", async () => {
  await using harness = await openEngineHarness({ readLagMs: 4_000 });
  const record = await harness.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  await workAll(harness, record, { dependencies: { sleep: really } });
  expect(await harness.outcomes(record.id)).toEqual(["created", "created"]);
});

test("an association that does not show yet after a lost response is not sent again", async () => {
  await using harness = await openEngineHarness({ readLagMs: 4_000 });
  const record = await harness.plan([["A", "a1"]]);
  harness.simulator.failNext({ operation: "create", fault: "lostResponse" });
  await workAll(harness, record, { dependencies: { sleep: really } });
  expect(await harness.outcomes(record.id)).toEqual(["created"]);
  expect(harness.simulator.counts().create).toBe(1);
});

test("associations that a batch has created count as present even if a later turn does not read them yet", async () => {
  // The list lags: it lacks a1.
  await using harness = await openEngineHarness({ limitEnforced: false, tickets: { A: ["x", "y"] } });
  const rows: Row[] = [
    ["A", "a1"],
    ["A", "a2"],
  ];
  const record = await harness.plan(rows, { overLimit: "fill" });
  const [chunk = ""] = chunkIds(record);
  await harness.ledger.writeResults(record.id, chunk, [{ row: 1, attempts: 1, outcome: "created" }]);
  await workAll(harness, record);
  expect(await harness.outcomes(record.id)).toEqual(["created", "limit_reached"]);
  expect(harness.simulator.counts().create).toBe(0);
});

test("rejected credentials stop a chunk after one request, and no row gets an outcome", async () => {
  await using harness = await openEngineHarness({ tokens: [] });
  const rows = Array.from({ length: 40 }, (_, i): Row => [`T${i}`, "r"]);
  const record = await harness.plan(rows);
  const results = await workAll(harness, record);
  expect(results.map(({ waitReason }) => waitReason?.kind)).toEqual(results.map(() => "credentials"));
  expect(sum(results, "deferred")).toBe(40);
  expect(harness.simulator.journal()).toHaveLength(results.length);
});

test("a turn that is over starts no further ticket and leaves the rest to the next turn", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  const results = await workAll(harness, record, { task: { budgetMs: 0 } });
  expect([sum(results, "deferred"), harness.simulator.journal().length]).toEqual([2, 0]);
});

test("undo removes exactly the associations that its rows name, one per call", async () => {
  await using harness = await openEngineHarness({ tickets: { A: ["old"] } });
  const record = await harness.plan([
    ["A", "a1"],
    ["A", "a2"],
    ["A", "old"],
  ]);
  await workAll(harness, record);
  await harness.ledger.finish(record.id, { state: "completed", started_at: STARTED, finished_at: STARTED });
  const undo = await harness.ledger.planUndo(record.id, "undo");
  harness.simulator.failNext({ operation: "delete", fault: "lostResponse" });
  await workAll(harness, undo);
  expect(harness.simulator.tickets()).toEqual(new Map([["A", ["old"]]]));
  expect(await harness.outcomes(undo.id)).toEqual(["removed", "removed"]);
});

test("undo restores the associations that a replacing API removed, even after a resume, and removes nothing else", async () => {
  await using harness = await openEngineHarness({
    semantics: "replace",
    tickets: { A: ["old1", "old2"], B: ["kept"] },
  });
  const record = await harness.plan([
    ["A", "a1"],
    ["B", "kept"],
  ]);
  const blocked = await workAll(harness, record);
  expect(blocked.flatMap(({ waitReason }) => waitReason?.kind ?? [])).toEqual(["behaviour"]);
  expect(harness.simulator.tickets().get("A")).toEqual(["a1"]);
  await workAll(harness, record); // a resume
  await harness.ledger.finish(record.id, { state: "cancelled", started_at: STARTED, finished_at: STARTED });
  const undo = await harness.ledger.planUndo(record.id, "undo");
  expect(undo.counts).toMatchObject({ rows: 3, to_send: 3, tickets: 1 });
  await workAll(harness, undo);
  expect(harness.simulator.tickets()).toEqual(
    new Map([
      ["A", ["old1", "old2"]],
      ["B", ["kept"]],
    ]),
  );
  expect(await harness.outcomes("undo")).toEqual(["removed", "restored", "restored"]);
  const summary = await harness.ledger.finish("undo", {
    state: "completed",
    started_at: STARTED,
    finished_at: STARTED,
  });
  expect(summary).toMatchObject({ rows: 3, removed: 1, restored: 2, failed: 0 });
});

test("undo reports associations that exceed the limit as limit_reached, and keeps those that were added since", async () => {
  await using harness = await openEngineHarness({ semantics: "replace", tickets: { A: ["old1", "old2"] } });
  const record = await harness.plan([["A", "a1"]]);
  await workAll(harness, record);
  await harness.ledger.finish(record.id, { state: "cancelled", started_at: STARTED, finished_at: STARTED });
  harness.simulator.configure({ tickets: { A: ["a1", "x", "y"] } });
  const undo = await harness.ledger.planUndo(record.id, "undo");
  await workAll(harness, undo);
  expect(harness.simulator.tickets()).toEqual(new Map([["A", ["x", "y", "old1"]]]));
  expect(await harness.outcomes("undo")).toEqual(["removed", "restored", "limit_reached"]);
});

const STARTED = "2026-11-24T00:00:00.000Z";

test("an attempt that gets its lease when its batch has ended changes nothing", async () => {
  await using harness = await openEngineHarness();
  const record = await harness.plan([["T", "r"]]);
  const slow = Object.assign(Object.create(harness.ledger) as typeof harness.ledger, {
    createLease: async (...args: Parameters<typeof harness.ledger.createLease>) => {
      const times = { started_at: new Date().toISOString(), finished_at: new Date().toISOString() };
      await harness.ledger.finish(record.id, { state: "cancelled", ...times });
      passed += 60_000;
      return harness.ledger.createLease(...args);
    },
  });
  let passed = 0;
  const [result] = await workAll(harness, record, { ledger: slow, dependencies: { now: () => Date.now() + passed } });
  expect([result?.deferred, harness.simulator.journal()]).toEqual([0, []]);
});
