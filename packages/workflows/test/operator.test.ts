import { isGrpcServiceError, type WorkflowHandle } from "@temporalio/client";
import { expect, inject, test } from "vitest";
import { batchWorkflowId, endpointKey, laneWorkflowId } from "../src/index.ts";
import { until } from "@caselink/test-support";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

// What an operator can do with Temporal's own buttons, to batches and to lanes.

/** The status code of gRPC. */
const NOT_FOUND: ReadonlySet<number> = new Set([5]);

const rowsOf = (count: number, name = "r"): Row[] =>
  Array.from({ length: count }, (_, at): Row => [`T${at}`, `${name}${at}`]);
const open = (config = {}) => openTemporalHarness(inject("temporalAddress"), config);
const batchOf = (harness: TemporalHarness, id: string) => harness.client.workflow.getHandle(batchWorkflowId(id));
const lanesOf = (harness: TemporalHarness, record: { endpoint: string; chunks: Record<string, number> }) =>
  Object.keys(record.chunks).map((lane) =>
    harness.client.workflow.getHandle(laneWorkflowId(endpointKey(record.endpoint), lane)),
  );

/** Starts a batch, and suspends the API as soon as it has created something: `proceed` lets it go on. */
async function startAndSuspend(harness: TemporalHarness, count = 400) {
  const record = await harness.plan(rowsOf(count), { ticketsPerChunk: 5 });
  await harness.startAndChange(record, 20, { suspended: true });
  return record;
}

const proceed = ({ simulator }: TemporalHarness, latencyMs = 1): void =>
  simulator.configure({ suspended: false, latencyMs });

test("cancelling the workflow of a batch cancels the batch", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness);
  await batchOf(harness, record.id).cancel();
  // Turns hear of it after the call returns, and the rest would take half a minute.
  proceed(harness, 5_000);
  const { state, created, cancelled } = await harness.batches.summary(record.id);
  expect([state, created + cancelled, cancelled > 0]).toEqual(["cancelled", 400, true]);
  expect(created).toBe(harness.simulator.counts().written);
  // Nothing of it waits in its lanes.
  harness.simulator.configure({ latencyMs: 1 });
  const next = await harness.plan(rowsOf(400, "s"));
  await harness.batches.start(next);
  expect(await harness.batches.summary(next.id)).toMatchObject({ created: 400 });
  expect(harness.simulator.counts().written).toBe(created + 400);
});

test("the lanes of a batch that was terminated stop, and it can be started again and cancelled", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness);
  await batchOf(harness, record.id).terminate("a button in the web page");
  proceed(harness, 20);
  for (const lane of lanesOf(harness, record))
    await until(
      async () => (await lane.describe()).raw.pendingActivities?.length ?? 0,
      (turns) => turns === 0,
    );
  const { written } = harness.simulator.counts();
  expect(written).toBeLessThan(400);
  expect(await harness.batches.start(record)).toEqual({ wasStarted: false });
  await harness.batches.cancel(record.id);
  const { created, already_associated, cancelled } = await harness.batches.summary(record.id);
  expect([created + cancelled, already_associated]).toEqual([400, 0]);
  expect(created).toBe(harness.simulator.counts().written);
  expect(written).toBeLessThanOrEqual(created);
});

test("a batch that was terminated continues where it was when it is started again", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness);
  await batchOf(harness, record.id).terminate();
  proceed(harness);
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", created: 400 });
  expect(harness.simulator.counts().written).toBe(400);
});

test("a cancelled lane ends in good order, and its batch orders the rest again", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness);
  const lanes = lanesOf(harness, record);
  await Promise.all(lanes.map((lane) => lane.cancel()));
  proceed(harness);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", created: 400 });
  expect(harness.simulator.counts().written).toBe(400);
});

test("a batch is cancelled although its lanes are cancelled, too", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness);
  await Promise.all(lanesOf(harness, record).map((lane) => lane.cancel()));
  await harness.batches.cancel(record.id);
  proceed(harness);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "cancelled" });
});

test("a batch orders again from a lane that was terminated", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness, 200);
  const [lane] = lanesOf(harness, record);
  await lane?.terminate();
  proceed(harness);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", created: 200 });
  expect(harness.simulator.counts().written).toBe(200);
});

/** Resets the turn that some lane works. False if none works one, or its turn ended meanwhile. */
async function resetOneActivity({ client }: TemporalHarness, lanes: WorkflowHandle[]): Promise<boolean> {
  for (const lane of lanes) {
    const { raw } = await lane.describe();
    const activityId = raw.pendingActivities?.[0]?.activityId;
    if (!activityId) continue;
    const execution = { workflowId: lane.workflowId };
    const request = { namespace: "default", execution, id: activityId, resetHeartbeat: true };
    try {
      await client.connection.workflowService.resetActivity(request);
      return true;
    } catch (error) {
      if (!isGrpcServiceError(error) || !NOT_FOUND.has(error.code)) throw error;
    }
  }
  return false;
}

test("resetting an activity does not make created rows another one's", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await startAndSuspend(harness, 100);
  await until(() => resetOneActivity(harness, lanesOf(harness, record)), Boolean);
  proceed(harness);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 100, already_associated: 0 });
});

test("one ticket that cannot be read holds up no other, neither of its batch nor of another, and is shown", async () => {
  await using harness = await open();
  harness.simulator.failNext({ operation: "create", ticket: "T0", fault: "lostResponse" });
  const written = harness.simulator.waitFor(() => harness.simulator.tickets().has("T0"));
  const unreadable = { operation: "list", ticket: "T0", fault: "http500", times: 1_000 } as const;
  void written.then(() => harness.simulator.failNext(unreadable));
  const first = await harness.plan(rowsOf(40));
  await harness.batches.start(first);
  await until(
    () => harness.batches.progress(first.id),
    (progress) => progress?.settledTickets === 39 && progress.ambiguousTickets === 1,
  );
  // T0 is not among its tickets.
  const second = await harness.plan(rowsOf(40, "s").slice(1));
  await harness.batches.start(second);
  expect(await harness.batches.summary(second.id)).toMatchObject({ created: 39 });
  harness.simulator.clearFaults();
  expect(await harness.batches.summary(first.id)).toMatchObject({ created: 40 });
});
