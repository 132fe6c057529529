import { laneOf, type BatchRecord } from "@caselink/ledger";
import type { SimulatorConfig } from "@caselink/simulator";
import { expect, inject, test } from "vitest";
import {
  BatchEndedError,
  batchWorkflowId,
  endpointKey,
  laneWorkflowId,
  outlastFailures,
  type BatchClientOptions,
} from "../src/index.ts";
import { NO_VIOLATIONS, until } from "@caselink/test-support";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

const rowsOf = (tickets: number, perTicket = 1, name = "T"): Row[] =>
  Array.from({ length: tickets * perTicket }, (_, i): Row => [`${name}${i % tickets}`, `${name}-r${i}`]);

const openHarness = (config?: SimulatorConfig, options?: BatchClientOptions): Promise<TemporalHarness> =>
  openTemporalHarness(inject("temporalAddress"), config, options);

/** Starts a batch of 200 tickets, T0 to T199, of which T0 stays open until the simulator's faults are cleared. */
async function startWithOpenTicket(harness: TemporalHarness): Promise<BatchRecord> {
  const { simulator, batches } = harness;
  simulator.failNext({ operation: "create", ticket: "T0", fault: "operationFailed", times: 10_000 });
  const record = await harness.plan(rowsOf(200), { ticketsPerChunk: 3 });
  await batches.start(record);
  await until(
    () => batches.progress(record.id),
    (progress) => progress?.settledTickets === 199,
  );
  return record;
}

/** Waits until the batch is in the phase. */
const untilPhase = (harness: TemporalHarness, batchId: string, phase: string): Promise<unknown> =>
  until(
    () => harness.batches.progress(batchId),
    (progress) => progress?.phase === phase,
  );

test("a batch ends with an outcome for every row", async () => {
  await using harness = await openHarness({
    unknownTickets: "^GONE",
    tickets: { FULL: ["x", "y", "z"], T0: ["T-r0"] },
  });
  const record = await harness.plan([...rowsOf(50, 2), ["GONE1", "a"], ["FULL", "a"], ["T1", "GONE2"], ["T0", "T-r0"]]);
  await harness.batches.start(record);
  const summary = await harness.batches.summary(record.id);
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
  expect(harness.simulator.violations()).toEqual(NO_VIOLATIONS);
  expect((await harness.batches.progress(record.id))?.phase).toBe("completed");
});

test("a batch without rows to send ends immediately", async () => {
  await using harness = await openHarness();
  const record = await harness.plan([["A", "A"]]);
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", rows: 1, invalid: 1 });
});

test("starting a batch twice runs it once", async () => {
  await using harness = await openHarness();
  const record = await harness.plan(rowsOf(5));
  expect(await harness.batches.start(record)).toEqual({ wasStarted: false });
  expect(await harness.batches.start(record)).toEqual({ wasStarted: true });
  await harness.batches.summary(record.id);
  expect(await harness.batches.start(record)).toEqual({ wasStarted: true });
  expect(harness.simulator.counts().written).toBe(5);
});

test("failed tickets get another round, and a resume starts it immediately", async () => {
  await using harness = await openHarness();
  const record = await harness.plan(rowsOf(20));
  harness.simulator.failNext({ operation: "list", ticket: "T7", fault: "operationFailed", times: 1_000_000 });
  await harness.batches.start(record);
  await until(
    () => harness.batches.progress(record.id),
    (progress) => progress?.settledTickets === 19 && progress.waitingChunks === 1,
  );
  await harness.repairAndResume(record.id);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 20, failed: 0 });
});

test("rows that still fail when the time to give up comes end as failed", async () => {
  await using harness = await openHarness();
  const record = await harness.plan(rowsOf(4), { giveUpAfterMs: 3_000 });
  harness.simulator.failNext({ operation: "create", ticket: "T2", fault: "operationFailed", times: 1_000 });
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", created: 3, failed: 1 });
});

test("a cancelled batch finishes its requests in flight and reports the other rows as cancelled", async () => {
  await using harness = await openHarness({ latencyMs: 20 });
  const record = await harness.plan(rowsOf(500));
  // The rest would take half a minute: the batch cannot end before its turns hear of the cancel.
  await harness.startAndChange(record, 100, { latencyMs: 5_000 });
  expect(await harness.batches.cancel(record.id)).toBe("cancelling");
  const summary = await harness.batches.summary(record.id);
  expect(summary.state).toBe("cancelled");
  expect(summary.created).toBeGreaterThanOrEqual(100);
  expect(summary.created + summary.cancelled).toBe(500);
  expect(summary.cancelled).toBeGreaterThan(0);
  expect(harness.simulator.tickets().size).toBe(summary.created);
  await expect(harness.batches.cancel(record.id)).rejects.toThrow(BatchEndedError);
});

test("a paused batch starts no ticket until it is resumed", async () => {
  await using harness = await openHarness({ latencyMs: 20 });
  const record = await harness.plan(rowsOf(500));
  // The rest would take half a minute: the batch cannot end before its turns hear of the pause.
  await harness.startAndChange(record, 50, { latencyMs: 5_000 });
  expect(await harness.batches.pause(record.id)).toBe("paused");
  // Turns hear of it after the call returns.
  await harness.simulator.waitFor(({ counts }) => counts.inFlight === 0);
  harness.simulator.configure({ latencyMs: 0 });
  const other = await harness.plan(rowsOf(10, 1, "OTHER"));
  await harness.batches.start(other);
  expect(await harness.batches.summary(other.id)).toMatchObject({ created: 10 });
  expect(harness.simulator.tickets().size).toBeLessThan(510);
  expect((await harness.batches.progress(record.id))?.phase).toBe("paused");
  await harness.batches.resume(record.id);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", created: 500 });
});

test("rejected credentials block a batch, and it continues after they are fixed", async () => {
  await using harness = await openHarness({ tokens: [] });
  const record = await harness.plan(rowsOf(30));
  await harness.batches.start(record);
  await untilPhase(harness, record.id, "blocked");
  expect((await harness.batches.progress(record.id))?.waitReason?.code).toBe("APIGW.0301");
  await harness.repairAndResume(record.id, { tokens: ["demo-token"] });
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 30, failed: 0 });
});

test("an account without any permission blocks a batch, and it continues after the permission is granted", async () => {
  await using harness = await openHarness({ forbiddenTickets: ".*" });
  const record = await harness.plan(rowsOf(60));
  await harness.batches.start(record);
  await untilPhase(harness, record.id, "blocked");
  expect((await harness.batches.progress(record.id))?.waitReason).toMatchObject({
    kind: "permission",
    code: "OSM.01010002",
  });
  await harness.repairAndResume(record.id, { forbiddenTickets: "^T7$" });
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 59, forbidden: 1, failed: 0 });
});

test("the only ticket of a batch ends as forbidden if the API denies it", async () => {
  await using harness = await openHarness({ forbiddenTickets: ".*" });
  const record = await harness.plan(rowsOf(1));
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", forbidden: 1 });
});

test("batches on the same tickets never exceed three associations, on a server that does not enforce the limit", async () => {
  await using harness = await openHarness({
    limitEnforced: false,
    latencyMs: 5,
    faults: { create: { lostResponse: 0.2 } },
  });
  const records = [];
  for (const name of ["a", "b", "c"]) {
    records.push(await harness.plan(Array.from({ length: 160 }, (_, i): Row => [`T${i % 80}`, `${name}${i}`])));
  }
  await Promise.all(records.map((record) => harness.batches.start(record)));
  const summaries = await Promise.all(records.map((record) => harness.batches.summary(record.id)));
  const created = summaries.reduce((sum, summary) => sum + summary.created, 0);
  const refused = summaries.reduce((sum, summary) => sum + summary.limit_reached, 0);
  const stored = [...harness.simulator.tickets().values()];
  expect(created + refused).toBe(480);
  expect(stored.flat()).toHaveLength(created);
  expect(Math.max(...stored.map((related) => related.length))).toBeLessThanOrEqual(3);
  expect(harness.simulator.violations()).toEqual(NO_VIOLATIONS);
});

test("a worker that is stopped leaves the rest of the batch to the next worker", async () => {
  await using harness = await openHarness({ latencyMs: 20 });
  const record = await harness.plan(rowsOf(500));
  // The rest would take half a minute: the batch cannot end before the worker stops.
  await harness.startAndChange(record, 100, { latencyMs: 5_000 });
  await harness.stopWorker();
  expect(harness.simulator.tickets().size).toBeLessThan(500);
  harness.simulator.configure({ latencyMs: 0 });
  await harness.startWorker();
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 500 });
  expect(harness.simulator.violations()).toEqual(NO_VIOLATIONS);
});

test("long batches and lanes continue as new, and nothing is lost or done twice", async () => {
  await using harness = await openHarness({ tickets: { T3: ["T-r3"] } }, { maxHistoryEvents: 20 });
  const { batches } = harness;
  const record = await startWithOpenTicket(harness);
  const lane = laneWorkflowId(endpointKey(record.endpoint), laneOf("T0"));
  for (const workflowId of [batchWorkflowId(record.id), lane]) {
    const query = `WorkflowId = '${workflowId}' AND ExecutionStatus = 'ContinuedAsNew'`;
    let rate = 1_000;
    const isContinuedTwice = async (): Promise<boolean> => {
      // An update for the batch, and an order for the lane.
      await batches.setMaxRate(record.id, rate++);
      return (await harness.client.workflow.count(query)).count > 1;
    };
    await until(isContinuedTwice, Boolean);
  }
  await harness.repairAndResume(record.id);
  expect(await batches.summary(record.id)).toMatchObject({ created: 199, already_associated: 1 });
  expect([...harness.simulator.tickets().values()].flat()).toHaveLength(200);
  expect(harness.simulator.violations()).toEqual(NO_VIOLATIONS);
});

test("a batch responds while it continues as new", async () => {
  await using harness = await openHarness({}, { maxHistoryEvents: 20 });
  const { batches } = harness;
  const record = await harness.plan(rowsOf(400), { ticketsPerChunk: 2 });
  await batches.start(record);
  const ended = new AbortController();
  const summary = batches.summary(record.id).finally(() => ended.abort());
  // Enough queries that some reach a run in the moment of its end.
  // On a busy machine Temporal may give one up before a worker gets it, which any caller has to outlast.
  const read = () => outlastFailures(() => batches.progress(record.id));
  const ask = async (): Promise<void> => {
    while (!ended.signal.aborted) expect(await read()).toMatchObject({ rows: 400 });
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  expect(await summary).toMatchObject({ created: 400 });
});

test("undo removes exactly what the batch created", async () => {
  await using harness = await openHarness({ tickets: { T0: ["old"] } });
  const record = await harness.plan([...rowsOf(40, 2), ["T0", "old"]]);
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 80, already_associated: 1 });
  const undo = await harness.ledger.planUndo(record.id, `undo-${record.id}`);
  await harness.batches.start(undo);
  expect(await harness.batches.summary(undo.id)).toMatchObject({ state: "completed", removed: 80 });
  expect(harness.simulator.tickets()).toEqual(new Map([["T0", ["old"]]]));
});

test("rejected credentials are sent once, however many lanes a batch has, and once more after a resume", async () => {
  await using harness = await openHarness({ tokens: [] });
  const record = await harness.plan(rowsOf(200));
  const startedAt = Date.now();
  await harness.batches.start(record);
  await untilPhase(harness, record.id, "blocked");
  await harness.batches.resume(record.id);
  await harness.simulator.waitFor(({ counts }) => counts.requests >= 2);
  await untilPhase(harness, record.id, "blocked");
  // The process sends them again 5 s after a rejection at the earliest.
  const repeats = Math.floor((Date.now() - startedAt) / 5_000);
  expect(harness.simulator.counts().requests).toBeLessThanOrEqual(2 + repeats);
  await harness.repairAndResume(record.id, { tokens: ["demo-token"] });
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 200, failed: 0 });
});
