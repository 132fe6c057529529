import type { MetricMeter, MetricTags } from "@temporalio/common";
import { LedgerError, openLedger } from "@caselink/ledger";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOsmClient, staticToken } from "@caselink/sdk";
import { startTestSimulator } from "@caselink/test-support";
import { expect, test } from "vitest";
import { RequestQueues } from "../rate/request-queues.ts";
import { closedPort } from "../../../sdk/test/support/local-server.ts";
import { noRateLimit } from "../../test/support/request-queues.ts";
import { createEngineMetrics } from "./meter-metrics.ts";
import { countLedgerErrors } from "./observed-ledger.ts";
import { stateOf } from "./open-batches.ts";
import { requestMetricsHooks } from "./request-metrics.ts";

const keyOf = (name: string, tags: MetricTags = {}): string =>
  [name, ...Object.entries(tags).map(([tag, value]) => `${tag}=${value}`)].join(" ");

/** A meter that keeps the last value, or the sum, of each series. */
function openMeter() {
  const series = new Map<string, number>();
  const add = (name: string) => ({
    add: (value: number, tags?: MetricTags) =>
      void series.set(keyOf(name, tags), (series.get(keyOf(name, tags)) ?? 0) + value),
  });
  const set = (name: string) => ({
    set: (value: number, tags?: MetricTags) => void series.set(keyOf(name, tags), value),
  });
  const count = (name: string) => ({ record: (_: number, tags?: MetricTags) => add(name).add(1, tags) });
  const meter = { createCounter: add, createHistogram: count, createGauge: set } as unknown as MetricMeter;
  /** The series that are not 0. */
  const shown = () => Object.fromEntries([...series].filter(([, value]) => value !== 0));
  return { metrics: createEngineMetrics(meter), series, shown };
}

test("a value that does not hold any more becomes 0", () => {
  const { metrics, series, shown } = openMeter();
  metrics.showBatches([
    { state: "running", reason: undefined, count: 2 },
    { state: "blocked", reason: "credentials", count: 1 },
  ]);
  metrics.showRates([{ operation: "list", scope: "operation", rate: 15, waitMs: 500 }]);
  metrics.showBatches([{ state: "running", reason: undefined, count: 1 }]);
  metrics.showRates([{ operation: "list", scope: "shared", rate: 7, waitMs: 0 }]);
  expect(shown()).toEqual({
    "caselink_batches state=running reason=none": 1,
    "caselink_limiter_rate operation=list scope=shared": 7,
  });
  expect(series.get("caselink_batches state=blocked reason=credentials")).toBe(0);
});

test("rows count by outcome, and an outcome without a row is a series from the start", () => {
  const { metrics, series } = openMeter();
  metrics.rowsSettled({ created: 3, failed: 0 });
  metrics.rowsSettled({ created: 1 });
  expect(series.get("caselink_rows_total outcome=created")).toBe(4);
  expect(series.get("caselink_rows_total outcome=not_found")).toBe(0);
});

test("requests count by operation, class of failure and HTTP status", async () => {
  const { metrics, shown } = openMeter();
  await using simulator = await startTestSimulator({ faults: { create: { http503: 1 } } });
  const options = { auth: staticToken("demo-token"), retries: 0, hooks: requestMetricsHooks(metrics) };
  const api = createOsmClient({ endpoint: simulator.url, ...options });
  await api.listAssociations({ ticketId: "T" });
  await api.createAssociations({ ticketId: "T", relatedIds: ["r"], groupId: "g" }).catch(() => undefined);
  await createOsmClient({ endpoint: await closedPort(), ...options })
    .listAssociations({ ticketId: "T" })
    .catch(() => undefined);
  const requests = Object.entries(shown()).filter(([name]) => name.startsWith("caselink_requests_total"));
  expect(Object.fromEntries(requests)).toEqual({
    "caselink_requests_total operation=list result=ok http_status=200": 1,
    "caselink_requests_total operation=create result=transient http_status=503": 1,
    "caselink_requests_total operation=list result=refused http_status=none": 1,
  });
});

test("an operation of the ledger that fails counts by its code, and its error stays the same", async () => {
  const { metrics, shown } = openMeter();
  const folder = await mkdtemp(join(tmpdir(), "caselink-metrics-"));
  try {
    // No file: it cannot be read.
    await mkdir(join(folder, "batches", "b", "summary.json"), { recursive: true });
    const ledger = countLedgerErrors(openLedger(folder), metrics);
    expect(ledger.location).toBe(folder);
    const failure: unknown = await ledger.summary("b").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LedgerError);
    expect(shown()).toEqual({ [`caselink_ledger_errors_total code=${(failure as LedgerError).code}`]: 1 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("requests that wait count by what they wait for", async () => {
  let isOpen = false;
  const limiter = { ...noRateLimit, tryAcquire: () => isOpen, acquire: () => new Promise<void>(() => undefined) };
  const queues = new RequestQueues(limiter, { slots: 1 });
  const stop = new AbortController();
  const signals = { over: stop.signal, stop: stop.signal };
  using first = queues.open("first");
  using slow = queues.open("slow", 0.001);
  isOpen = true;
  expect(first.enter("start", "list", signals)).toBeUndefined(); // takes the only slot
  isOpen = false;
  const waits = [first.enter("start", "list", signals), slow.enter("write", "create", signals)].flatMap(
    (wait) => wait ?? [],
  );
  expect(queues.waiting()).toEqual([
    { operation: "list", waitsFor: "slot", count: 1 },
    { operation: "create", waitsFor: "slot", count: 1 },
  ]);
  first.leave();
  expect(queues.waiting().map(({ waitsFor }) => waitsFor)).toEqual(["limit", "limit"]);
  stop.abort();
  expect((await Promise.allSettled(waits)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(queues.waiting()).toEqual([]);
});

test("a batch waits, is blocked or is paused by its progress", () => {
  const unavailable = { kind: "unavailable", reason: "down" } as const;
  const rejected = { kind: "credentials", reason: "no" } as const;
  expect(stateOf({ phase: "running" })).toEqual({ state: "running", reason: undefined });
  expect(stateOf({ phase: "running", waitReason: unavailable })).toEqual({ state: "waiting", reason: "unavailable" });
  expect(stateOf({ phase: "running", waitReason: { kind: "worker", reason: "none", hasNoWorker: true } })).toEqual({
    state: "waiting",
    reason: "no-worker",
  });
  expect(stateOf({ phase: "blocked", waitReason: rejected })).toEqual({ state: "blocked", reason: "credentials" });
  expect(stateOf({ phase: "blocked", waitReason: { kind: "worker", reason: "ledger" } })).toEqual({
    state: "blocked",
    reason: "worker",
  });
  expect(stateOf({ phase: "paused", waitReason: unavailable })).toEqual({ state: "paused", reason: undefined });
});
