import { iamPassword, staticToken } from "@caselink/sdk";
import { until } from "@caselink/test-support";
import { expect, inject, test } from "vitest";
import type { ApiConnector } from "../src/index.ts";
import type { Row } from "./support/engine-harness.ts";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";

const open = (...options: Parameters<typeof openTemporalHarness> extends [string, ...infer Rest] ? Rest : never) =>
  openTemporalHarness(inject("temporalAddress"), ...options);

const ALICE = { name: "alice", password: "alice-password", domain: "a", unknownTickets: "^B" };
const BOB = { name: "bob", password: "bob-password", domain: "b", unknownTickets: "^A" };

const ticketsOf = (letter: string, count = 60): Row[] =>
  Array.from({ length: count }, (_, at): Row => [`${letter}${at}`, `r${at}`]);

const signedInAs = (harness: TemporalHarness, { name, password, domain }: typeof ALICE): ApiConnector =>
  harness.openConnector({ auth: iamPassword({ iamEndpoint: harness.simulator.url, user: name, password, domain }) });

test("two workers with two accounts on one endpoint work the batches of their own account", async () => {
  await using harness = await open({ users: [ALICE, BOB], latencyMs: 2 });
  await harness.stopWorker();
  await harness.addWorker({ account: "alice", api: signedInAs(harness, ALICE) });
  await harness.addWorker({ account: "bob", api: signedInAs(harness, BOB) });
  const ofAlice = await harness.plan(ticketsOf("A"), { account: "alice" });
  const ofBob = await harness.plan(ticketsOf("B"), { account: "bob" });
  await Promise.all([harness.batches.start(ofAlice), harness.batches.start(ofBob)]);
  for (const { id } of [ofAlice, ofBob]) {
    expect(await harness.batches.summary(id)).toMatchObject({ created: 60, not_found: 0 });
  }
});

test("a batch whose account has no worker says so, holds up no other batch, and continues when a worker comes", async () => {
  await using harness = await open({ users: [ALICE, BOB] });
  const ofAlice = await harness.plan(ticketsOf("A", 20), { account: "alice", giveUpAfterMs: 1 });
  const withToken = await harness.plan(ticketsOf("T"));
  await harness.batches.start(ofAlice);
  const waits = until(
    () => harness.batches.progress(ofAlice.id),
    (progress) => progress?.waitReason !== undefined,
  );
  await harness.batches.start(withToken);
  expect(await harness.batches.summary(withToken.id)).toMatchObject({ created: 60 });
  const waiting = await waits;
  expect(waiting).toMatchObject({ phase: "running", waitReason: { kind: "worker", hasNoWorker: true } });
  expect(waiting?.waitReason?.reason).toContain("no worker of account alice runs for this API");
  await harness.addWorker({ account: "alice", api: signedInAs(harness, ALICE) });
  expect(await harness.batches.summary(ofAlice.id)).toMatchObject({ created: 20 });
});

test("a batch whose account has no worker can be cancelled", async () => {
  await using harness = await open();
  const record = await harness.plan(ticketsOf("A", 20), { account: "alice" });
  await harness.batches.start(record);
  await until(
    () => harness.batches.progress(record.id),
    (progress) => progress?.waitReason?.hasNoWorker === true,
  );
  await harness.batches.cancel(record.id);
  expect(await harness.batches.summary(record.id)).toMatchObject({ state: "cancelled", cancelled: 20 });
});

const rejected = (harness: TemporalHarness): ApiConnector =>
  harness.openConnector({ auth: staticToken("revoked-token") });

test("a worker whose credentials are rejected at its start leaves the chunks to a good one, and is not ready", async () => {
  await using harness = await open();
  const bad = await harness.addWorker({ api: rejected(harness) });
  const record = await harness.plan(ticketsOf("T"));
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 60 });
  expect([bad.getState(), bad.isReady]).toEqual(["RUNNING", false]);
});

test("a worker whose token is revoked during a batch takes itself out, and a good one does the rest", async () => {
  await using harness = await open({ tokens: ["demo-token", "second-token"], latencyMs: 5 });
  await harness.stopWorker();
  const bad = await harness.addWorker({ api: harness.openConnector({ auth: staticToken("second-token") }) });
  const record = await harness.plan(ticketsOf("T", 400));
  await harness.startAndChange(record, 20, { tokens: ["demo-token"] });
  await harness.startWorker();
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 400 });
  await expect.poll(() => bad.isReady).toBe(false);
});

test("a batch is blocked when the API rejects the credentials of its only worker, and goes on when it accepts them", async () => {
  await using harness = await open({ tokens: [] });
  const record = await harness.plan(ticketsOf("T"));
  await harness.batches.start(record);
  const blocked = await until(
    () => harness.batches.progress(record.id),
    (progress) => progress?.phase === "blocked",
  );
  expect(blocked?.waitReason).toMatchObject({ kind: "credentials", code: "APIGW.0301", httpStatus: 401 });
  await harness.repairAndResume(record.id, { tokens: ["demo-token"] });
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 60 });
});

test("a worker whose check meets an API that fails starts", async () => {
  await using harness = await open();
  await harness.stopWorker();
  harness.simulator.failNext({ operation: "list", fault: "http503", times: 4 });
  const worker = await harness.addWorker({});
  await expect.poll(() => worker.isReady).toBe(true);
  expect(harness.simulator.counts().byStatus["503"]).toBe(4);
  const record = await harness.plan(ticketsOf("T", 20));
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 20 });
});
