import { randomBytes } from "node:crypto";
import { Client } from "@temporalio/client";
import { readCluster } from "@caselink/test-support/cluster";
import { until } from "@caselink/test-support";
import { expect, inject, test } from "vitest";
import { BatchClient, dataConverterOf, Keyring, taskQueueOf } from "../src/index.ts";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";

const rows = Array.from({ length: 200 }, (_, at): Row => [`T${at}`, `r${at}`]);
const [one, two] = ["one", "two"].map((id) => `${id}:${randomBytes(32).toString("base64")}`);
const keyring = (...keys: (string | undefined)[]): Keyring => Keyring.parse(keys.join("\n"));

const open = (options: Parameters<typeof openTemporalHarness>[2] = {}): Promise<TemporalHarness> =>
  openTemporalHarness(inject("temporalAddress"), { latencyMs: 20 }, options);

const visible = ({ client, simulator }: TemporalHarness): Promise<string> =>
  readCluster(client, `TaskQueue = '${taskQueueOf(simulator.url)}'`);

const clientWith = ({ client: { connection } }: TemporalHarness, keys: Keyring | undefined): BatchClient =>
  new BatchClient(new Client({ connection, dataConverter: dataConverterOf(keys) }));

/** What payloads of batches, lanes, heartbeats, memos and summaries have when they are not encrypted. */
const PLAIN = ["batchId", "giveUpAfterMs", "settledTickets", "deferred", "ranges", "rows of", "results_sha256"];
const plainIn = (text: string): string[] => PLAIN.filter((part) => text.includes(part));

/** Connects to check the credentials, and fails for chunks. */
const failingFor = ({ connector }: TemporalHarness): TemporalHarness["connector"] => ({
  ...connector,
  connect(beforeWrite, rateLimiter) {
    if (rateLimiter === undefined) return connector.connect(beforeWrite);
    throw new Error("recognisable failure");
  },
});

/** Runs a batch that is paused, gets a rate and is resumed, and returns all that Temporal showed of it. */
async function runAndLook(harness: TemporalHarness): Promise<{ during: string; after: string }> {
  const { batches, simulator } = harness;
  const record = await harness.plan(rows, { ticketsPerChunk: 20 });
  // The batch still runs when it is looked at, paused and resumed, however long that takes.
  await harness.startAndChange(record, 20, { suspended: true });
  const reader = batches.progressReader(record);
  await until(
    () => batches.lastHeartbeatAt(record),
    (at) => at !== undefined,
  );
  await until(
    () => reader.all(),
    (progress) => (progress?.settledTickets ?? 0) > 0,
  );
  const during = await visible(harness);
  await batches.pause(record.id);
  await batches.setMaxRate(record.id, 5_000);
  await batches.resume(record.id);
  simulator.configure({ suspended: false });
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: rows.length });
  return { during, after: await visible(harness) };
}

test("with keys Temporal stores no readable payload, and heartbeats, memo, queries, updates and results work", async () => {
  await using harness = await open({ keyring: keyring(one), maxHistoryEvents: 60 });
  const { during, after } = await runAndLook(harness);
  expect(plainIn(during + after)).toEqual([]);
  expect(during).toContain("binary/encrypted");
});

test("without keys the same batch is readable there", async () => {
  await using harness = await open();
  const { during, after } = await runAndLook(harness);
  expect(plainIn(during + after)).toEqual(PLAIN);
});

test("with keys Temporal stores the messages of failures encrypted, those of activities and those of workflows", async () => {
  const keys = keyring(one);
  await using harness = await open({ keyring: keys });
  await harness.stopWorker();
  await harness.addWorker({ api: failingFor(harness) });
  const record = await harness.plan(rows);
  await harness.batches.start(record);
  const text = await until(
    () => visible(harness),
    (shown) => shown.includes("Encoded failure"),
  );
  expect(text).not.toMatch(/recognisable failure|at connect/);
  await expect(harness.batches.setMaxRate(record.id, -1)).rejects.toMatchObject({
    cause: { message: expect.stringContaining("a rate is a number") },
  });
  await expect(clientWith(harness, undefined).setMaxRate(record.id, -1)).rejects.toThrow("encrypted with the key one");
  await harness.batches.cancel(record.id);
});

test("a batch from before the encryption continues encrypted, also while a key is rotated", async () => {
  await using harness = await open();
  const record = await harness.plan(rows, { ticketsPerChunk: 20 });
  // The batch cannot end before it is resumed, however late the pause comes.
  harness.simulator.failNext({ operation: "create", ticket: "T0", fault: "http503", times: 1_000_000 });
  await harness.batches.start(record);
  await harness.batches.pause(record.id);
  await harness.stopWorker();
  // The workers have the new key already, and the client still encrypts with the old one.
  await harness.addWorker({ keyring: keyring(two, one) });
  const batches = clientWith(harness, keyring(one, two));
  expect(await batches.requireSamePlan(record)).toBeDefined();
  await batches.resume(record.id);
  harness.simulator.clearFaults();
  expect(await batches.summary(record.id)).toMatchObject({ state: "completed", created: rows.length });
  const text = await visible(harness);
  for (const shown of ["giveUpAfterMs", "\none\n", "\ntwo\n"]) expect(text).toContain(shown);
});

test("a worker without the key says which one it needs, and the batch continues on one that has it", async () => {
  await using harness = await open();
  const record = await harness.plan(rows, { ticketsPerChunk: 20 });
  const batches = clientWith(harness, keyring(two));
  await batches.start(record);
  const text = await until(
    () => visible(harness),
    (shown) => shown.includes("encrypted with the key"),
  );
  expect(text).toContain("encrypted with the key two, and there are no keys here");
  await harness.stopWorker();
  await harness.addWorker({ keyring: keyring(one, two) });
  // The worker encrypts with its first key, which this client has not.
  await expect(batches.summary(record.id)).rejects.toThrow("encrypted with the key one, and the keys here are two");
  expect(await clientWith(harness, keyring(two, one)).summary(record.id)).toMatchObject({ created: rows.length });
  expect(harness.simulator.counts().written).toBe(rows.length);
});
