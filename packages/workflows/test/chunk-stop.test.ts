import { expect, test } from "vitest";
import { sleep } from "../src/wait/sleep.ts";
import { sum, workAll } from "./support/work-all.ts";
import { openEngineHarness, type Row } from "./support/engine-harness.ts";

test("a turn that is stopped finishes the write in flight and reads nothing more, and a later pass resolves the write", async () => {
  await using harness = await openEngineHarness({ faults: { create: { hang: 1 } } });
  const record = await harness.plan([["A", "a1"]]);
  const stop = new AbortController();
  const api = harness.openConnector({ timeoutMs: 3_000 });
  const working = workAll(harness, record, { dependencies: { api, stop: stop.signal, sleep } });
  await harness.simulator.waitFor(({ counts }) => counts.create === 1);
  harness.simulator.configure({ faults: { create: { hang: 1 }, list: { hang: 1 } } });
  stop.abort();
  const [stopped] = await working;
  expect([stopped?.ambiguous, stopped?.deferred, stopped?.retryable]).toEqual([1, 0, 0]);
  expect(harness.simulator.counts()).toMatchObject({ list: 1, create: 1 });
  harness.simulator.configure({ faults: { list: { hang: 0 } } });
  const [cleared] = await workAll(harness, record, { task: { budgetMs: 0 } });
  expect([cleared?.ambiguous, cleared?.deferred]).toEqual([0, 1]);
});

test("a turn that is stopped during a read neither repeats it nor starts another one", async () => {
  await using harness = await openEngineHarness({ faults: { create: { lostResponse: 1 } } });
  const record = await harness.plan([["A", "a1"]]);
  const stop = new AbortController();
  const api = harness.openConnector({ timeoutMs: 3_000, sleep: async () => undefined });
  const working = workAll(harness, record, { dependencies: { api, stop: stop.signal, sleep } });
  await harness.simulator.waitFor(({ counts }) => counts.create === 1);
  harness.simulator.configure({ faults: { list: { hang: 1 } } });
  await harness.simulator.waitFor(({ counts }) => counts.list === 2);
  stop.abort();
  const [stopped] = await working;
  expect([stopped?.ambiguous, harness.simulator.counts().list]).toEqual([1, 2]);
  harness.simulator.configure({ faults: { list: { hang: 0 } } });
  await workAll(harness, record, { task: { budgetMs: 0 }, dependencies: { api: harness.openConnector() } });
  expect(await harness.outcomes(record.id)).toEqual(["created"]);
});

test("a canary write whose turn is stopped while it is read back counts as created in the pass that resolves it", async () => {
  await using harness = await openEngineHarness({ readLagMs: 60_000 });
  const rows = Array.from({ length: 6 }, (_, i): Row => [`T${i}`, "r"]);
  const record = await harness.plan(rows);
  const stop = new AbortController();
  const dependencies = { stop: stop.signal, sleep };
  const working = workAll(harness, record, { dependencies });
  await harness.simulator.waitFor(({ counts }) => counts.create === 1 && counts.list >= 2);
  stop.abort();
  const stopped = await working;
  expect([sum(stopped, "ambiguous"), sum(stopped, "deferred"), sum(stopped, "retryable")]).toEqual([1, 5, 0]);
  expect(new Set(await harness.outcomes(record.id))).toEqual(new Set(["null"]));
  harness.simulator.configure({ readLagMs: 0 });
  await workAll(harness, record, { task: { budgetMs: 0 } });
  expect((await harness.outcomes(record.id)).filter((outcome) => outcome === "created")).toHaveLength(1);
});
