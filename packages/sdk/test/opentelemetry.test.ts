import { context, SpanKind, SpanStatusCode, trace, type HrTime } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { expect, onTestFinished, test } from "vitest";
import { iamPassword } from "../src/index.ts";
import { openTelemetryHooks } from "../src/opentelemetry.ts";
import { failureOf } from "./support/failure-of.ts";
import { closedPort, startLocalServer } from "./support/local-server.ts";
import { createTestClient, CREATION } from "./support/test-client.ts";

const LIST = "GET /v2/servicerequest/cases/{case_id}/relations";

function record() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { spans: () => exporter.getFinishedSpans(), provider, tracer: provider.getTracer("test") };
}

const toMs = ([seconds, nanoseconds]: HrTime) => seconds * 1_000 + nanoseconds / 1e6;

test("each attempt is a span with the names of the semantic conventions", async () => {
  await using server = await startLocalServer({ status: 503 }, "reset", { body: {} });
  const { spans, tracer } = record();
  const before = Date.now();
  await createTestClient(server.url, { hooks: openTelemetryHooks({ tracer }) }).listAssociations({ ticketId: "T1" });
  const common = {
    "http.request.method": "GET",
    "url.scheme": "http",
    "url.template": "/v2/servicerequest/cases/{case_id}/relations",
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(server.url).port),
  };
  expect(spans().map(({ attributes }) => attributes)).toEqual([
    { ...common, "http.response.status_code": 503, "error.type": "503" },
    { ...common, "http.request.resend_count": 1, "error.type": "reset" },
    { ...common, "http.request.resend_count": 2, "http.response.status_code": 200 },
  ]);
  for (const { name, kind, startTime, endTime } of spans()) {
    expect([name, kind]).toEqual([LIST, SpanKind.CLIENT]);
    expect(toMs(startTime)).toBeGreaterThanOrEqual(before);
    expect(toMs(endTime)).toBeGreaterThanOrEqual(toMs(startTime));
    expect(toMs(endTime)).toBeLessThanOrEqual(Date.now() + 1);
  }
  expect(spans().map(({ status }) => status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
  ]);
});

test("an error with HTTP 200 is an error span of its class, without ticket ids, messages and secrets", async () => {
  const body = { error_code: "OSM.01010043", error_msg: "words of the server" };
  await using server = await startLocalServer({ body, headers: { "set-cookie": "cookie" } });
  const { spans, tracer } = record();
  const client = createTestClient(server.url, { hooks: openTelemetryHooks({ tracer }) });
  await failureOf(client.createAssociations(CREATION));
  expect(spans()[0]).toMatchObject({
    name: "POST /v2/servicerequest/cases/{case_id}/relations",
    attributes: { "http.request.method": "POST", "http.response.status_code": 200, "error.type": "limit" },
    status: { code: SpanStatusCode.ERROR },
  });
  const { name, attributes, status, events } = spans()[0] ?? {};
  const exported = JSON.stringify({ name, attributes, status, events });
  for (const hidden of ["case-123", "group-1", "words", "cookie", "test-token"]) expect(exported).not.toContain(hidden);
});

test("a failed sign-in is an error span without a status code", async () => {
  await using iam = await startLocalServer({ status: 401 });
  const { spans, tracer } = record();
  const auth = iamPassword({ iamEndpoint: iam.url, user: "u", password: "p", domain: "d" });
  const hooks = openTelemetryHooks({ tracer });
  await failureOf(createTestClient(await closedPort(), { auth, hooks }).createAssociations(CREATION));
  expect(spans()[0]?.attributes).toMatchObject({ "error.type": "unauthenticated" });
  expect(spans()[0]?.attributes).not.toHaveProperty("http.response.status_code");
});

test("the default port is that of the scheme, and an IPv6 address has no brackets", async () => {
  const { spans, tracer } = record();
  const options = { hooks: openTelemetryHooks({ tracer }), fetch: () => Promise.reject(new Error("no network")) };
  for (const endpoint of ["https://osm.example.com/prefix", "http://[::1]"])
    await failureOf(createTestClient(endpoint, { ...options, retries: 0 }).listAssociations({ ticketId: "T1" }));
  expect(spans().map(({ attributes }) => [attributes["server.address"], attributes["server.port"]])).toEqual([
    ["osm.example.com", 443],
    ["::1", 80],
  ]);
});

test("with the global provider, spans are children of the span that is active in the caller", async () => {
  const { spans, provider } = record();
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => {
    trace.disable();
    context.disable();
  });
  await using server = await startLocalServer({ status: 503 }, { body: {} });
  const client = createTestClient(server.url, { hooks: openTelemetryHooks() });
  await trace.getTracer("application").startActiveSpan("job", async (job) => {
    await client.listAssociations({ ticketId: "T1" });
    job.end();
  });
  const [first, second, job] = spans();
  expect([first?.name, second?.name, job?.name]).toEqual([LIST, LIST, "job"]);
  for (const span of [first, second]) expect(span?.parentSpanContext?.spanId).toBe(job?.spanContext().spanId);
  expect(first?.instrumentationScope.name).toBe("@caselink/sdk");
});
