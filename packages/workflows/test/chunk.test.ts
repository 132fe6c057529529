import { chunkIds, type Ledger } from "@caselink/ledger";
import { expect, test } from "vitest";
import type { ApiConnector } from "../src/index.ts";
import { NO_VIOLATIONS } from "@caselink/test-support";
import { nextTurn, outcomesOf, sum, workAll } from "./support/work-all.ts";
import { openWorld, type Row } from "./support/world.ts";

/** Waiting that takes its time, where a test is about time. */
const really = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

test("asks for all rows of a ticket in one call, and for none that is there already", async () => {
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

test("or the first that fit, where that is asked for", async () => {
  await using world = await openWorld({ limitEnforced: false, tickets: { A: ["x", "y"] } });
  const record = await world.plan(
    [
      ["A", "a1"],
      ["A", "a2"],
    ],
    { overLimit: "fill" },
  );
  await workAll(world, record);
  expect(await world.outcomes(record.id)).toEqual(["created", "limit_reached"]);
});

test("where one of the first is refused, the next takes its place", async () => {
  const tickets = { A: ["x", "y"], B: ["x"] };
  await using world = await openWorld({ limitEnforced: false, unknownTickets: "^GONE", tickets });
  const record = await world.plan(
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
  await workAll(world, record);
  const expected = ["not_found", "created", "limit_reached", "created", "not_found", "created"];
  expect(await world.outcomes(record.id)).toEqual(expected);
  expect(world.simulator.violations()).toEqual(NO_VIOLATIONS);
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

test("also on a server that keeps a part of what it refuses", async () => {
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
      (world) => world.simulator.failNext({ operation: "create", fault, times: 2 }),
    );
    expect(outcomes).toEqual(["created", "created"]);
    expect(simulator.tickets()).toEqual(new Map([["A", ["a1", "a2"]]]));
  },
);

test("a ticket that keeps failing stays unsettled, with nothing in doubt, and the others are done", async () => {
  await using world = await openWorld();
  const record = await world.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  world.simulator.failNext({ operation: "create", ticket: "A", fault: "operationFailed", times: 50 });
  const results = await workAll(world, record);
  expect(sum(results, "unsettled")).toBe(1);
  expect(sum(results, "ambiguous") + sum(results, "remaining")).toBe(0);
  expect(await world.outcomes(record.id)).toEqual(["null", "created"]);
});

test("a ticket that cannot be read after a write in doubt is ambiguous; the next call of the turn clears it", async () => {
  await using world = await openWorld();
  const record = await world.plan([["A", "a1"]]);
  world.simulator.failNext({ operation: "create", fault: "lostResponse" });
  const turn = nextTurn();
  await world.simulator.waitFor(() => true);
  const failAfterWrite = world.simulator
    .waitFor(({ counts }) => counts.create === 1)
    .then(() => world.simulator.failNext({ operation: "list", fault: "http503", times: 16 }));
  const [first] = await workAll(world, record, { turn });
  await failAfterWrite;
  expect([first?.ambiguous, first?.counts?.outcomes]).toEqual([1, {}]);
  world.simulator.reset(); // what was created is gone with it, so it must be found missing
  const anotherProcess = { api: world.openConnector() };
  const [second] = await workAll(world, record, { turn, task: { budgetMs: 0 }, dependencies: anotherProcess });
  expect([second?.ambiguous, second?.remaining]).toEqual([0, 1]);
});

test("what an attempt created before it died is found by the next one, and still counts as created", async () => {
  await using world = await openWorld({ tickets: { B: ["b1"] } });
  const record = await world.plan([
    ["A", "a1"],
    ["A", "a2"],
    ["B", "b1"],
    ["B", "b2"],
  ]);
  const turn = nextTurn();
  const dying: Ledger = {
    ...world.ledger,
    writeResults: () => Promise.reject(new Error("killed")),
  };
  for (const id of chunkIds(record)) {
    const only = { ...record, chunks: { [id[0] as string]: 1 } };
    await expect(workAll(world, only, { turn, ledger: dying })).rejects.toThrow("killed");
  }
  expect(world.simulator.tickets().get("A")).toEqual(["a1", "a2"]);
  await workAll(world, record, { turn });
  expect(await world.outcomes(record.id)).toEqual(["created", "created", "already_associated", "created"]);
  expect(world.simulator.violations().repeatedCreates).toEqual([]);
  expect(world.simulator.counts().create).toBe(2);
});

test("nothing is sent for a ticket before its snapshot is stored", async () => {
  await using world = await openWorld();
  const record = await world.plan([["A", "a1"]]);
  const dying: Ledger = { ...world.ledger, writeSnapshot: () => Promise.reject(new Error("killed")) };
  await expect(workAll(world, record, { ledger: dying })).rejects.toThrow("killed");
  expect(world.simulator.counts().create).toBe(0);
});

test("a later turn takes a new snapshot: what others associated meanwhile is not claimed", async () => {
  await using world = await openWorld();
  const record = await world.plan([["A", "a1"]]);
  world.simulator.failNext({ operation: "create", fault: "http429", times: 4 });
  const [first] = await workAll(world, record);
  expect([first?.remaining, first?.trouble?.kind]).toEqual([1, "slow-down"]);
  await world.api.createAssociations({ ticketId: "A", relatedIds: ["a1"], groupId: "g" });
  await workAll(world, record);
  expect(await world.outcomes(record.id)).toEqual(["already_associated"]);
});

test("an attempt that wakes up after its lane went on to another batch sends and stores nothing", async () => {
  await using world = await openWorld({ limitEnforced: false });
  const [a, b] = [
    await world.plan([
      ["T", "a1"],
      ["T", "a2"],
    ]),
    await world.plan([
      ["T", "b1"],
      ["T", "b2"],
    ]),
  ];
  // Both live by one clock; waiting passes its time.
  let passed = 0;
  const clock = {
    now: () => Date.now() + passed,
    sleep: async (milliseconds: number) => void (passed += milliseconds),
  };
  const gate = Promise.withResolvers<void>();
  const asleep = Promise.withResolvers<void>();
  const sleepy = world.openConnector();
  const stalled: ApiConnector = {
    ...sleepy,
    connect: (beforeWrite) =>
      sleepy.connect(async () => {
        asleep.resolve();
        await gate.promise;
        await beforeWrite();
      }),
  };
  const sleeper = workAll(world, a, { dependencies: { ...clock, api: stalled } });
  await asleep.promise;
  await workAll(world, b, { dependencies: clock });
  gate.resolve();
  await expect(sleeper).rejects.toThrow("was taken by another attempt");
  expect(world.simulator.tickets()).toEqual(new Map([["T", ["b1", "b2"]]]));
  expect(await world.ledger.readResults(a.id, chunkIds(a)[0] as string)).toEqual([]);
  await workAll(world, a, { dependencies: clock });
  expect(await world.outcomes(a.id)).toEqual(["limit_reached", "limit_reached"]);
  expect(world.simulator.violations().overLimitAsked).toEqual([]);
});

test("a server that replaces instead of adding is found out by one ticket", async () => {
  await using world = await openWorld({ semantics: "replace", tickets: { T0: ["old"], T1: ["old"], T2: ["old"] } });
  const rows = Array.from({ length: 30 }, (_, i): Row => [`T${i % 3}`, `r${i}`]).slice(0, 6);
  const record = await world.plan(rows, { ticketsPerChunk: 640 });
  const results = await workAll(world, record);
  const reasons = results.flatMap(({ trouble }) => trouble ?? []);
  expect(reasons.map(({ kind }) => kind)).toContain("behaviour");
  expect(reasons[0]?.reason).toContain("old went away");
  const touched = new Set(
    world.simulator
      .journal()
      .filter(({ written }) => written.length > 0)
      .map(({ ticket }) => ticket),
  );
  expect(touched.size).toBe(1);
});

test("a server that answers success and does nothing is found out by one ticket, which is not claimed", async () => {
  await using world = await openWorld();
  const record = await world.plan(Array.from({ length: 20 }, (_, i): Row => [`T${i}`, "r"]));
  const idle = world.openConnector({
    fetch: async (url, request) => (request.method === "POST" ? new Response("{}") : globalThis.fetch(url, request)),
  });
  const results = await workAll(world, record, { dependencies: { api: idle } });
  expect(results.every(({ trouble }) => trouble?.kind === "behaviour")).toBe(true);
  expect(results.map(({ counts }) => counts?.settledTickets)).toEqual(results.map(() => 0));
});

test("reads that lag behind writes are no misbehaviour", async () => {
  await using world = await openWorld({ readLagMs: 4_000 });
  const record = await world.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  await workAll(world, record, { dependencies: { sleep: really } });
  expect(await world.outcomes(record.id)).toEqual(["created", "created"]);
});

test("an association that does not show yet after a lost answer is not sent again", async () => {
  await using world = await openWorld({ readLagMs: 4_000 });
  const record = await world.plan([["A", "a1"]]);
  world.simulator.failNext({ operation: "create", fault: "lostResponse" });
  await workAll(world, record, { dependencies: { sleep: really } });
  expect(await world.outcomes(record.id)).toEqual(["created"]);
  expect(world.simulator.counts().create).toBe(1);
});

test("what this batch has created counts as present, also where a later turn does not see it yet", async () => {
  // A list that lags: a1 is not in it.
  await using world = await openWorld({ limitEnforced: false, tickets: { A: ["x", "y"] } });
  const rows: Row[] = [
    ["A", "a1"],
    ["A", "a2"],
  ];
  const record = await world.plan(rows, { overLimit: "fill" });
  const [chunk = ""] = chunkIds(record);
  await world.ledger.writeResults(record.id, chunk, [{ row: 1, attempts: 1, outcome: "created" }]);
  await workAll(world, record);
  expect(await world.outcomes(record.id)).toEqual(["created", "limit_reached"]);
  expect(world.simulator.counts().create).toBe(0);
});

test("refused credentials stop a chunk after one request, and no row is to blame", async () => {
  await using world = await openWorld({ tokens: [] });
  const rows = Array.from({ length: 40 }, (_, i): Row => [`T${i}`, "r"]);
  const record = await world.plan(rows);
  const results = await workAll(world, record);
  expect(results.map(({ trouble }) => trouble?.kind)).toEqual(results.map(() => "credentials"));
  expect(sum(results, "remaining")).toBe(40);
  expect(world.simulator.journal()).toHaveLength(results.length);
});

test("an API that is down stops a chunk after a few requests, and no row is to blame", async () => {
  await using world = await openWorld({ outage: { afterRequests: 0, forMs: 60_000, kind: "503" } });
  const rows = Array.from({ length: 200 }, (_, i): Row => [`T${i}`, "r"]);
  const record = await world.plan(rows);
  const results = await workAll(world, record);
  expect(sum(results, "unsettled") + sum(results, "remaining")).toBe(200);
  expect(results.every(({ trouble }) => trouble === undefined || trouble.kind === "unavailable")).toBe(true);
  expect(world.simulator.journal().length).toBeLessThan(40);
});

test("a turn that is over begins nothing more and leaves the rest for the next", async () => {
  await using world = await openWorld();
  const record = await world.plan([
    ["A", "a1"],
    ["B", "b1"],
  ]);
  const results = await workAll(world, record, { task: { budgetMs: 0 } });
  expect([sum(results, "remaining"), world.simulator.journal().length]).toEqual([2, 0]);
});

test("undo removes what its rows name, one association a call, and nothing else", async () => {
  await using world = await openWorld({ tickets: { A: ["old"] } });
  const record = await world.plan([
    ["A", "a1"],
    ["A", "a2"],
    ["A", "old"],
  ]);
  await workAll(world, record);
  await world.ledger.finish(record.id, { state: "completed", started_at: STARTED, finished_at: STARTED });
  const undo = await world.ledger.planUndo(record.id, "undo");
  world.simulator.failNext({ operation: "delete", fault: "lostResponse" });
  await workAll(world, undo);
  expect(world.simulator.tickets()).toEqual(new Map([["A", ["old"]]]));
  expect(await world.outcomes(undo.id)).toEqual(["removed", "removed"]);
});

test("undo puts back what a replacing API took away, also after a resume, and takes nothing else", async () => {
  await using world = await openWorld({ semantics: "replace", tickets: { A: ["old1", "old2"], B: ["kept"] } });
  const record = await world.plan([
    ["A", "a1"],
    ["B", "kept"],
  ]);
  const blocked = await workAll(world, record);
  expect(blocked.flatMap(({ trouble }) => trouble?.kind ?? [])).toEqual(["behaviour"]);
  expect(world.simulator.tickets().get("A")).toEqual(["a1"]);
  await workAll(world, record); // a resume
  await world.ledger.finish(record.id, { state: "cancelled", started_at: STARTED, finished_at: STARTED });
  const undo = await world.ledger.planUndo(record.id, "undo");
  expect(undo.counts).toMatchObject({ rows: 3, to_send: 3, tickets: 1 });
  await workAll(world, undo);
  expect(world.simulator.tickets()).toEqual(
    new Map([
      ["A", ["old1", "old2"]],
      ["B", ["kept"]],
    ]),
  );
  expect(await world.outcomes("undo")).toEqual(["removed", "restored", "restored"]);
  const summary = await world.ledger.finish("undo", { state: "completed", started_at: STARTED, finished_at: STARTED });
  expect(summary).toMatchObject({ rows: 3, removed: 1, restored: 2, failed: 0 });
});

test("what there is no room for any more is named, and what is there by now stays", async () => {
  await using world = await openWorld({ semantics: "replace", tickets: { A: ["old1", "old2"] } });
  const record = await world.plan([["A", "a1"]]);
  await workAll(world, record);
  await world.ledger.finish(record.id, { state: "cancelled", started_at: STARTED, finished_at: STARTED });
  world.simulator.configure({ tickets: { A: ["a1", "x", "y"] } });
  const undo = await world.ledger.planUndo(record.id, "undo");
  await workAll(world, undo);
  expect(world.simulator.tickets()).toEqual(new Map([["A", ["x", "y", "old1"]]]));
  expect(await world.outcomes("undo")).toEqual(["removed", "restored", "limit_reached"]);
});

const STARTED = "2026-11-24T00:00:00.000Z";
