import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csv, newBatch, rowsOf } from "@caselink/test-support";
import { openCluster } from "@caselink/test-support/cli";
import { startCollector } from "./start-collector.ts";

const hook = new URL("../cli/note-loaded.mjs", import.meta.url).href;

test("a worker sends its metrics, and spans of batch, turns, tickets and calls, to an OpenTelemetry collector", async () => {
  await using collector = await startCollector();
  await using stage = await openCluster();
  const worker = await stage.startWorkerProcess({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=a%20secret",
    OTEL_METRIC_EXPORT_INTERVAL: "500",
    OTEL_TRACES_EXPORTER: "otlp",
    CASELINK_TRACE_TICKETS: "1",
  });
  const batch = newBatch("traced");
  await stage.write("in.csv", csv(...rowsOf(20, 2)));
  const { status } = await stage.run(["run", "in.csv", "--batch", batch, "--json"]);
  expect(status).toBe(0);

  // Its metrics are in Protobuf, in which names are plain text.
  const metrics = () => collector.received.filter(({ path }) => path === "/v1/metrics");
  const hasMetric = (name: string) => metrics().some(({ body }) => body.includes(name));
  await collector.until(() => hasMetric("caselink_ended_rows_total") && hasMetric("temporal_num_pollers"));
  expect(metrics()[0]?.headers["x-collector-key"]).toBe("a secret");

  await collector.until(() => collector.spans().some(({ name }) => name === "batch"));
  worker.child.kill("SIGTERM");
  expect((await worker.ended).status).toBe(0); // it has sent the rest
  expect(collector.received.find(({ path }) => path === "/v1/traces")?.headers["x-collector-key"]).toBe("a secret");
  const spans = collector.spans();
  const named = (name: string) => spans.filter((span) => span.name === name);
  const [root] = named("batch");
  expect(root).toMatchObject({
    attributes: { "caselink.batch": batch, "caselink.state": "completed", "caselink.rows": 40 },
  });
  expect(root?.parentSpanId ?? "").toBe("");
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]));

  const turns = named("turn");
  expect(turns.length).toBeGreaterThan(0);
  for (const { parentSpanId, attributes } of turns) {
    expect(parentSpanId).toBe(root?.spanId);
    expect(attributes).toMatchObject({ "caselink.batch": batch, "caselink.lane": expect.stringMatching(/^[0-9a-f]$/) });
  }
  const tickets = named("ticket");
  expect(tickets).toHaveLength(20);
  const idsOf = (all: typeof spans) => new Set(all.map(({ spanId }) => spanId));
  expect(tickets.filter(({ parentSpanId }) => !idsOf(turns).has(parentSpanId ?? ""))).toEqual([]);
  const calls = spans.filter(({ name }) => /^(?:GET|POST) /.test(name));
  const { list, create } = stage.simulator.counts();
  expect(calls.length).toBeGreaterThanOrEqual(40);
  expect(calls.length).toBeLessThanOrEqual(list + create);
  expect(calls.filter(({ parentSpanId }) => !idsOf(tickets).has(parentSpanId ?? ""))).toEqual([]);

  const sent = collector.received.map(({ body }) => body.toString("latin1")).join("\n");
  for (const text of ["demo-token", "T19", "a secret", stage.folder]) expect(sent).not.toContain(text);
  expect(worker.printed()).not.toContain("a secret");
});

test("without OTEL_TRACES_EXPORTER a worker loads no OpenTelemetry and sends no spans", async () => {
  await using collector = await startCollector();
  await using stage = await openCluster();
  const list = join(stage.folder, "loaded.txt");
  const worker = await stage.startWorkerProcess({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRIC_EXPORT_INTERVAL: "500",
    NODE_OPTIONS: `--import=${hook}`,
    CASELINK_TEST_LOADED: list,
  });
  await stage.write("in.csv", csv(...rowsOf(4)));
  expect((await stage.run(["run", "in.csv", "--batch", newBatch("untraced")])).status).toBe(0);
  await collector.until(() => collector.received.some(({ body }) => body.includes("caselink_ended_rows_total")));
  worker.child.kill("SIGTERM");
  expect((await worker.ended).status).toBe(0);
  expect(collector.spans()).toEqual([]);
  const loaded = (await readFile(list, "utf8")).split("\n");
  expect(loaded.filter((name) => name.includes("@opentelemetry"))).toEqual([]);
  expect(loaded.some((name) => name.includes("pino"))).toBe(true); // the list contains loaded modules
});

test.for([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, "OTEL_EXPORTER_OTLP_ENDPOINT"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_EXPORTER_OTLP_HEADERS: "pass-word" }, "name=value"],
  [{ OTEL_TRACES_EXPORTER: "zipkin" }, "otlp or none"],
] as const)("a worker ends with status 2 and names the variable for %j", async ([env, part]) => {
  await using stage = await openCluster();
  const { status, stderr } = await stage.start(["worker"], { env }).ended;
  expect(status).toBe(2);
  expect(stderr).toContain(part);
  expect(stderr).not.toContain("pass-word");
  expect(stderr).not.toMatch(/^\s+at /m);
});
