import { LedgerError } from "@caselink/ledger";
import { createRateLimiter } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import {
  BatchEndedError,
  batchWorkflowId,
  endpointKey,
  laneWorkflowId,
  taskQueueOf,
  type BatchProgress,
} from "../src/index.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import { until } from "@caselink/test-support";
import type { Row } from "./support/engine-harness.ts";

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, at): Row => [`T${at}`, `r${at}`]);
const open = (...options: Parameters<typeof openTemporalHarness> extends [string, ...infer Rest] ? Rest : never) =>
  openTemporalHarness(inject("temporalAddress"), ...options);

const untilProgress = (
  harness: TemporalHarness,
  id: string,
  holds: (progress: BatchProgress) => boolean,
): Promise<unknown> =>
  until(
    () => harness.batches.progress(id),
    (progress) => progress !== undefined && holds(progress),
  );

test("a batch returns to a turn whose results could not be stored, so every association is attributed to its batch", async () => {
  await using harness = await open({ latencyMs: 5 });
  const record = await harness.plan(rowsOf(60));
  const real = { ...harness.ledger };
  let isFull = true;
  harness.ledger.writeResults = async (...args) => {
    if (isFull) throw new LedgerError("storage", "the disk is full; free some space and start again");
    return real.writeResults(...args);
  };
  await harness.batches.start(record);
  await untilProgress(harness, record.id, ({ waitReason }) => waitReason?.reason.includes("the disk is full") ?? false);
  isFull = false;
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 60, already_associated: 0 });
});

test("a lane takes over the lease that another machine released, whatever its clock says", async () => {
  await using harness = await open();
  const record = await harness.plan(rowsOf(1));
  const [lane = ""] = Object.keys(record.chunks);
  await harness.ledger.createLease(`${endpointKey(harness.simulator.url)}-${lane}`, {
    token: "from the future",
    epoch: 7,
    host: "elsewhere",
    pid: 1,
    taken_at: new Date(Date.now() + 3_600_000).toISOString(),
    released: true,
    doubts: [],
  });
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "completed", created: 1 });
});

test("a batch without failures outlives the time to give up, running and paused", async () => {
  await using harness = await open({}, { rateLimiter: createRateLimiter() });
  const record = await harness.plan(rowsOf(80), { maxRate: 2, giveUpAfterMs: 1_000 });
  await harness.batches.start(record);
  await harness.simulator.waitFor(({ counts }) => counts.requests > 3);
  await harness.batches.pause(record.id);
  const handle = harness.client.workflow.getHandle(batchWorkflowId(record.id));
  // The batch uses the server's clock: the test has to wait until the time to give up has passed.
  const pausedAt = Date.now();
  await expect.poll(() => Date.now() - pausedAt).toBeGreaterThan(3_000);
  expect((await handle.describe()).status.name).toBe("RUNNING");
  await harness.batches.resume(record.id);
  await harness.batches.setMaxRate(record.id, undefined);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 80, failed: 0 });
});

test("rejected credentials block a batch even while one of its writes is ambiguous", async () => {
  await using harness = await open();
  const record = await harness.plan(rowsOf(1));
  harness.simulator.failNext({ operation: "create", fault: "lostResponse" });
  await harness.startAndChange(record, 1, { tokens: [] });
  await untilProgress(
    harness,
    record.id,
    ({ phase, waitReason }) => phase === "blocked" && waitReason?.kind === "credentials",
  );
  await harness.repairAndResume(record.id, { tokens: ["demo-token"] });
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 1 });
});

test("an order that arrives after the end of its batch sends nothing", async () => {
  await using harness = await open({ latencyMs: 20 });
  const record = await harness.plan(rowsOf(300));
  // The rest would take half a minute: the batch cannot end before its turns hear of the cancel.
  await harness.startAndChange(record, 20, { latencyMs: 5_000 });
  await harness.batches.cancel(record.id);
  const { cancelled } = await harness.batches.summary(record.id);
  expect(cancelled).toBeGreaterThan(0);
  const { requests } = harness.simulator.counts();
  const key = endpointKey(harness.simulator.url);
  const [lane = "", count = 0] = Object.entries(record.chunks)[0] ?? [];
  const ranges = [{ from: 0, to: count }];
  const order = { batchId: record.id, kind: "create", run: "before", runStartedAt: 1, sequence: 1, resumes: 0, ranges };
  const handle = await harness.client.workflow.signalWithStart("caselinkLane", {
    workflowId: laneWorkflowId(key, lane),
    taskQueue: taskQueueOf(harness.simulator.url),
    args: [{ endpointKey: key, lane }],
    signal: "order",
    signalArgs: [order],
  });
  await handle.result(); // an idle lane ends
  expect(harness.simulator.counts().requests).toBe(requests);
});

test("a batch reports a ledger that cannot be read, during a turn and at the end", async () => {
  await using harness = await open();
  const record = await harness.plan(rowsOf(3));
  const real = { ...harness.ledger };
  harness.ledger.newestSnapshot = () => Promise.reject(new LedgerError("unreachable", "the bucket is away"));
  harness.ledger.finish = () => Promise.reject(new LedgerError("corrupt", "a file was altered"));
  await harness.batches.start(record);
  await untilProgress(
    harness,
    record.id,
    ({ waitReason }) => waitReason?.kind === "worker" && waitReason.reason === "the bucket is away",
  );
  harness.ledger.newestSnapshot = (...args) => real.newestSnapshot(...args);
  await untilProgress(
    harness,
    record.id,
    ({ phase, waitReason }) => phase === "blocked" && waitReason?.reason === "a file was altered",
  );
  // The batch also tries again by itself: it cannot end before the resume.
  const resumed = Promise.withResolvers<void>();
  harness.ledger.finish = (...args) => resumed.promise.then(() => real.finish(...args));
  await harness.batches.resume(record.id);
  resumed.resolve();
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 3 });
});

test("a batch that finishes takes a resume, and one that has ended says so to every action", async () => {
  await using harness = await open();
  const { batches, ledger } = harness;
  const record = await harness.plan(rowsOf(3));
  const { id } = record;
  const finish = ledger.finish.bind(ledger);
  const [finishing, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  ledger.finish = async (...args) => {
    finishing.resolve();
    await resumed.promise;
    return finish(...args);
  };
  await batches.start(record);
  await finishing.promise;
  expect(await batches.resume(id)).toBe("finishing");
  const stops = [() => batches.pause(id), () => batches.cancel(id), () => batches.setMaxRate(id, 5)];
  for (const stop of stops)
    await expect(stop()).rejects.toMatchObject({ cause: { message: "the batch is finishing already" } });
  resumed.resolve();
  expect(await batches.summary(id)).toMatchObject({ created: 3 });
  for (const act of [...stops, () => batches.resume(id)]) await expect(act()).rejects.toThrow(BatchEndedError);
});
