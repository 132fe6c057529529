import type { SimulatorConfig } from "@caselink/simulator";
import { expect, inject, test } from "vitest";
import { batchWorkflowId, type BatchClientOptions } from "../src/index.ts";
import { NO_VIOLATIONS, until } from "@caselink/test-support";
import { openBatchWorld as openBatchWorldAt, type BatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

const rowsOf = (tickets: number, perTicket = 1, name = "T"): Row[] =>
  Array.from({ length: tickets * perTicket }, (_, i): Row => [`${name}${i % tickets}`, `${name}-r${i}`]);

const openBatchWorld = (config?: SimulatorConfig, options?: BatchClientOptions): Promise<BatchWorld> =>
  openBatchWorldAt(inject("temporalAddress"), config, options);

/** Waits until the batch is in the phase. */
const untilPhase = (world: BatchWorld, batchId: string, phase: string): Promise<unknown> =>
  until(
    () => world.batches.progress(batchId),
    (progress) => progress?.phase === phase,
  );

test("a batch ends with every row accounted for", async () => {
  await using world = await openBatchWorld({
    unknownTickets: "^GONE",
    tickets: { FULL: ["x", "y", "z"], T0: ["T-r0"] },
  });
  const record = await world.plan([...rowsOf(50, 2), ["GONE1", "a"], ["FULL", "a"], ["T1", "GONE2"], ["T0", "T-r0"]]);
  await world.batches.start(record);
  const summary = await world.batches.summary(record.id);
  expect(summary).toMatchObject({
    state: "completed",
    rows: 104,
    created: 99,
    already_associated: 1,
    duplicate: 1,
    limit_reached: 1,
    not_found: 2,
    failed: 0,
    cancelled: 0,
  });
  expect(world.simulator.violations()).toEqual(NO_VIOLATIONS);
  expect((await world.batches.progress(record.id))?.phase).toBe("completed");
});

test("a batch without anything to send ends at once", async () => {
  await using world = await openBatchWorld();
  const record = await world.plan([["A", "A"]]);
  await world.batches.start(record);
  expect(await world.batches.summary(record.id)).toMatchObject({ state: "completed", rows: 1, invalid: 1 });
});

test("starting a batch twice runs it once", async () => {
  await using world = await openBatchWorld();
  const record = await world.plan(rowsOf(5));
  expect(await world.batches.start(record)).toEqual({ wasStarted: false });
  expect(await world.batches.start(record)).toEqual({ wasStarted: true });
  await world.batches.summary(record.id);
  expect(await world.batches.start(record)).toEqual({ wasStarted: true });
  expect(world.simulator.counts().create).toBe(5);
});

test("tickets that failed get another round, at once where an operator asks for it", async () => {
  await using world = await openBatchWorld();
  const record = await world.plan(rowsOf(20));
  world.simulator.failNext({ operation: "list", ticket: "T7", fault: "operationFailed", times: 4 });
  await world.batches.start(record);
  await until(
    () => world.batches.progress(record.id),
    (progress) => progress?.settledTickets === 19 && progress.waitingChunks === 1,
  );
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 20, failed: 0 });
});

test("what still fails when the time to give up comes ends as failed", async () => {
  await using world = await openBatchWorld();
  const record = await world.plan(rowsOf(4), { giveUpAfterMs: 3_000 });
  world.simulator.failNext({ operation: "create", ticket: "T2", fault: "operationFailed", times: 1_000 });
  await world.batches.start(record);
  expect(await world.batches.summary(record.id)).toMatchObject({ state: "completed", created: 3, failed: 1 });
});

test("cancelling finishes what is in flight and reports the rest as cancelled", async () => {
  await using world = await openBatchWorld({ latencyMs: 20 });
  const record = await world.plan(rowsOf(2_000));
  await world.batches.start(record);
  await world.simulator.waitFor(({ counts }) => counts.create >= 100);
  // The rest would take minutes: the batch cannot end before it is cancelled.
  world.simulator.configure({ latencyMs: 3_000 });
  expect(await world.batches.cancel(record.id)).toBe("cancelling");
  const summary = await world.batches.summary(record.id);
  expect(summary.state).toBe("cancelled");
  expect(summary.created).toBeGreaterThanOrEqual(100);
  expect(summary.created + summary.cancelled).toBe(2_000);
  expect(summary.cancelled).toBeGreaterThan(0);
  expect(world.simulator.tickets().size).toBe(summary.created);
  await expect(world.batches.cancel(record.id)).rejects.toThrow(/already/);
});

test("a paused batch begins nothing until it is resumed", async () => {
  await using world = await openBatchWorld({ latencyMs: 20 });
  const record = await world.plan(rowsOf(1_000));
  await world.batches.start(record);
  await world.simulator.waitFor(({ counts }) => counts.create >= 50);
  // The rest would take minutes: the batch cannot end before it is paused.
  world.simulator.configure({ latencyMs: 3_000 });
  expect(await world.batches.pause(record.id)).toBe("paused");
  world.simulator.configure({ latencyMs: 0 });
  await world.simulator.waitFor(({ counts }) => counts.inFlight === 0);
  const other = await world.plan(rowsOf(10, 1, "OTHER"));
  await world.batches.start(other);
  expect(await world.batches.summary(other.id)).toMatchObject({ created: 10 });
  expect(world.simulator.tickets().size).toBeLessThan(1_010);
  expect((await world.batches.progress(record.id))?.phase).toBe("paused");
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ state: "completed", created: 1_000 });
});

test("refused credentials block a batch; it goes on when they are mended", async () => {
  await using world = await openBatchWorld({ tokens: [] });
  const record = await world.plan(rowsOf(30));
  await world.batches.start(record);
  await untilPhase(world, record.id, "blocked");
  expect((await world.batches.progress(record.id))?.trouble?.code).toBe("APIGW.0301");
  world.simulator.configure({ tokens: ["demo-token"] });
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 30, failed: 0 });
});

test("an account without any permission blocks a batch; it goes on when it is given", async () => {
  await using world = await openBatchWorld({ forbiddenTickets: ".*" });
  const record = await world.plan(rowsOf(60));
  await world.batches.start(record);
  await untilPhase(world, record.id, "blocked");
  expect((await world.batches.progress(record.id))?.trouble).toMatchObject({
    kind: "permission",
    code: "OSM.01010002",
  });
  world.simulator.configure({ forbiddenTickets: "^T7$" });
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 59, forbidden: 1, failed: 0 });
});

test("one forbidden ticket alone ends as forbidden", async () => {
  await using world = await openBatchWorld({ forbiddenTickets: ".*" });
  const record = await world.plan(rowsOf(1));
  await world.batches.start(record);
  expect(await world.batches.summary(record.id)).toMatchObject({ state: "completed", forbidden: 1 });
});

test("batches on the same tickets never race and never pass three, on a server that does not enforce it", async () => {
  await using world = await openBatchWorld({
    limitEnforced: false,
    latencyMs: 5,
    faults: { create: { lostResponse: 0.2 } },
  });
  const records = [];
  for (const name of ["a", "b", "c"]) {
    records.push(await world.plan(Array.from({ length: 160 }, (_, i): Row => [`T${i % 80}`, `${name}${i}`])));
  }
  await Promise.all(records.map((record) => world.batches.start(record)));
  const summaries = await Promise.all(records.map((record) => world.batches.summary(record.id)));
  const created = summaries.reduce((sum, summary) => sum + summary.created, 0);
  const refused = summaries.reduce((sum, summary) => sum + summary.limit_reached, 0);
  const stored = [...world.simulator.tickets().values()];
  expect(created + refused).toBe(480);
  expect(stored.flat()).toHaveLength(created);
  expect(Math.max(...stored.map((related) => related.length))).toBeLessThanOrEqual(3);
  expect(world.simulator.violations()).toEqual(NO_VIOLATIONS);
});

test("a worker that is stopped leaves the rest to the next one", async () => {
  await using world = await openBatchWorld({ latencyMs: 20 });
  const record = await world.plan(rowsOf(4_000));
  await world.batches.start(record);
  await world.simulator.waitFor(({ counts }) => counts.create >= 100);
  await world.stopWorker();
  expect(world.simulator.tickets().size).toBeLessThan(4_000);
  await world.startWorker();
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 4_000 });
  expect(world.simulator.violations()).toEqual(NO_VIOLATIONS);
});

test("long batches and lanes continue as new, and nothing is lost or done twice", async () => {
  await using world = await openBatchWorld({ tickets: { T3: ["T-r3"] } }, { maxHistoryEvents: 40 });
  const record = await world.plan(rowsOf(600), { ticketsPerChunk: 3 });
  await world.batches.start(record);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 599, already_associated: 1 });
  expect(world.simulator.counts().create).toBe(599);
  const runs = [];
  for await (const run of world.client.workflow.list({ query: `WorkflowId = '${batchWorkflowId(record.id)}'` })) {
    runs.push(run.status.name);
  }
  expect(runs.filter((status) => status === "CONTINUED_AS_NEW").length).toBeGreaterThan(1);
});

test("undo removes exactly what the batch created", async () => {
  await using world = await openBatchWorld({ tickets: { T0: ["old"] } });
  const record = await world.plan([...rowsOf(40, 2), ["T0", "old"]]);
  await world.batches.start(record);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 80, already_associated: 1 });
  const undo = await world.ledger.planUndo(record.id, `undo-${record.id}`);
  await world.batches.start(undo);
  expect(await world.batches.summary(undo.id)).toMatchObject({ state: "completed", removed: 80 });
  expect(world.simulator.tickets()).toEqual(new Map([["T0", ["old"]]]));
});

test("refused credentials are shown once, however many lanes a batch has, and once more after a resume", async () => {
  await using world = await openBatchWorld({ tokens: [] });
  const record = await world.plan(rowsOf(200));
  const startedAt = Date.now();
  await world.batches.start(record);
  await untilPhase(world, record.id, "blocked");
  await world.batches.resume(record.id);
  await world.simulator.waitFor(({ counts }) => counts.requests >= 2);
  await untilPhase(world, record.id, "blocked");
  // The process shows them again 5 s after a rejection at the earliest.
  const repeats = Math.floor((Date.now() - startedAt) / 5_000);
  expect(world.simulator.counts().requests).toBeLessThanOrEqual(2 + repeats);
  world.simulator.configure({ tokens: ["demo-token"] });
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 200, failed: 0 });
});
