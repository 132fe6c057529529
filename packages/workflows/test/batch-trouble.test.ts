import { LedgerError } from "@caselink/ledger";
import { createPace } from "@caselink/sdk";
import { expect, inject, test } from "vitest";
import { batchWorkflowId, endpointKey, laneWorkflowId, taskQueueOf, type BatchProgress } from "../src/index.ts";
import { until } from "@caselink/test-support";
import { openBatchWorld, type BatchWorld } from "./support/batch-world.ts";
import type { Row } from "./support/world.ts";

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, at): Row => [`T${at}`, `r${at}`]);
const open = (...options: Parameters<typeof openBatchWorld> extends [string, ...infer Rest] ? Rest : never) =>
  openBatchWorld(inject("temporalAddress"), ...options);

const untilProgress = (world: BatchWorld, id: string, holds: (progress: BatchProgress) => boolean): Promise<unknown> =>
  until(
    () => world.batches.progress(id),
    (progress) => progress !== undefined && holds(progress),
  );

test("results that could not be stored cost no attribution: the lane is held until they are", async () => {
  await using world = await open({ latencyMs: 5 });
  const record = await world.plan(rowsOf(60));
  const real = { ...world.ledger };
  let isFull = true;
  world.ledger.writeResults = async (...args) => {
    if (isFull) throw new LedgerError("storage", "the disk is full; free some space and start again");
    return real.writeResults(...args);
  };
  await world.batches.start(record);
  await untilProgress(world, record.id, ({ trouble }) => trouble?.reason.includes("the disk is full") ?? false);
  isFull = false;
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 60, already_associated: 0 });
});

test("a lease of a later turn, as after a clock that was set back, stops no lane", async () => {
  await using world = await open();
  const record = await world.plan(rowsOf(1));
  const [lane = ""] = Object.keys(record.chunks);
  await world.ledger.writeLease(`${endpointKey(world.simulator.url)}-${lane}`, {
    token: "from the future",
    order: [Date.now() + 3_600_000, 0, 1],
    host: "elsewhere",
    pid: 1,
    taken_at: new Date().toISOString(),
    released: true,
  });
  await world.batches.start(record);
  expect(await world.batches.summary(record.id)).toMatchObject({ state: "completed", created: 1 });
});

test("a batch in which nothing fails outlives the time to give up, running and paused", async () => {
  await using world = await open({}, { pace: createPace() });
  const record = await world.plan(rowsOf(80), { maxRate: 20, giveUpAfterMs: 1_000 });
  await world.batches.start(record);
  await world.simulator.waitFor(({ counts }) => counts.requests > 5);
  await world.batches.pause(record.id);
  const handle = world.client.workflow.getHandle(batchWorkflowId(record.id));
  // Its clock is the server's: there is nothing else to wait for than that the time to give up has passed.
  const pausedAt = Date.now();
  await expect.poll(() => Date.now() - pausedAt).toBeGreaterThan(3_000);
  expect((await handle.describe()).status.name).toBe("RUNNING");
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 80, failed: 0 });
});

test("refused credentials block a batch also while a write of it is in doubt", async () => {
  await using world = await open();
  const record = await world.plan(rowsOf(1));
  world.simulator.failNext({ operation: "create", fault: "lostResponse" });
  const written = world.simulator.waitFor(({ counts }) => counts.create === 1);
  await world.batches.start(record);
  await written;
  world.simulator.configure({ tokens: [] });
  await untilProgress(world, record.id, ({ phase, trouble }) => phase === "blocked" && trouble?.kind === "credentials");
  world.simulator.configure({ tokens: ["demo-token"] });
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 1 });
});

test("an offer that comes after the end of a batch sends nothing", async () => {
  await using world = await open({ latencyMs: 20 });
  const record = await world.plan(rowsOf(300));
  await world.batches.start(record);
  await world.simulator.waitFor(({ counts }) => counts.create >= 20);
  // The rest would take a minute: the batch cannot end before it is cancelled.
  world.simulator.configure({ latencyMs: 5_000 });
  await world.batches.cancel(record.id);
  const { cancelled } = await world.batches.summary(record.id);
  expect(cancelled).toBeGreaterThan(0);
  const { requests } = world.simulator.counts();
  const key = endpointKey(world.simulator.url);
  const [lane = "", count = 0] = Object.entries(record.chunks)[0] ?? [];
  const offer = { batchId: record.id, kind: "create", offer: 0, giveUpAfterMs: 1e7, ranges: [{ from: 0, to: count }] };
  const handle = await world.client.workflow.signalWithStart("caselinkLane", {
    workflowId: laneWorkflowId(key, lane),
    taskQueue: taskQueueOf(world.simulator.url),
    args: [{ endpointKey: key, lane }],
    signal: "offer",
    signalArgs: [offer],
  });
  await handle.result(); // an idle lane ends
  expect(world.simulator.counts().requests).toBe(requests);
});

test("a ledger that cannot be read is told: in a turn, and at the end", async () => {
  await using world = await open();
  const record = await world.plan(rowsOf(3));
  const real = { ...world.ledger };
  world.ledger.readSnapshot = () => Promise.reject(new LedgerError("unreachable", "the bucket is away"));
  world.ledger.finish = () => Promise.reject(new LedgerError("corrupt", "a file was altered"));
  await world.batches.start(record);
  await untilProgress(
    world,
    record.id,
    ({ trouble }) => trouble?.kind === "worker" && trouble.reason === "the bucket is away",
  );
  world.ledger.readSnapshot = (...args) => real.readSnapshot(...args);
  await untilProgress(
    world,
    record.id,
    ({ phase, trouble }) => phase === "blocked" && trouble?.reason === "a file was altered",
  );
  world.ledger.finish = (...args) => real.finish(...args);
  await world.batches.resume(record.id);
  expect(await world.batches.summary(record.id)).toMatchObject({ created: 3 });
});
