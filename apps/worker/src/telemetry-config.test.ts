import { expect, test } from "vitest";
import { ConfigError, type Environment } from "./config.ts";
import { readMetricsConfig, readTracesConfig } from "./telemetry-config.ts";

test("without a variable nothing leaves the process", () => {
  expect(readMetricsConfig({})).toBeUndefined();
  expect(readTracesConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" })).toBeUndefined();
  const off = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_TRACES_EXPORTER: "otlp", OTEL_SDK_DISABLED: "true" };
  expect([readMetricsConfig(off), readTracesConfig(off)]).toEqual([undefined, undefined]);
  const none = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318", OTEL_METRICS_EXPORTER: "none" };
  expect(readMetricsConfig(none)).toBeUndefined();
});

test("CASELINK_METRICS_ADDRESS serves Prometheus, also next to a collector for traces", () => {
  const env = { CASELINK_METRICS_ADDRESS: "9464", OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" };
  expect(readMetricsConfig(env)).toMatchObject({ prometheus: { bindAddress: "0.0.0.0:9464" } });
});

test.for<[Environment, string, boolean]>([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318/" }, "http://c:4318/v1/metrics", true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://c/otlp" }, "https://c/otlp/v1/metrics", true],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://c:4318/own" }, "http://c:4318/own", true],
  [{ OTEL_METRICS_EXPORTER: "otlp" }, "http://localhost:4318/v1/metrics", true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "http://c:4317", false],
])("%j sends metrics to %s", ([env, url, http]) => {
  expect(readMetricsConfig(env)).toMatchObject({ otel: { url, http, headers: {}, metricsExportInterval: 60_000 } });
});

test("headers are decoded, and those of the signal replace those of all", () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YQ==, x-b = 100%",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-c=1",
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_METRIC_EXPORT_INTERVAL: "5000",
  };
  expect(readMetricsConfig(env)).toMatchObject({
    otel: { headers: { authorization: "Basic YQ==", "x-b": "100%" }, metricsExportInterval: 5_000 },
  });
  expect(readTracesConfig(env)).toEqual({
    url: "http://c:4318/v1/traces",
    headers: { "x-c": "1" },
    ticketShare: 0.01,
  });
});

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" };

test.for<[Environment, string]>([
  [{ CASELINK_METRICS_ADDRESS: "nowhere" }, "CASELINK_METRICS_ADDRESS is"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, "OTEL_EXPORTER_OTLP_ENDPOINT is not a plain http"],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://me:hidden@c" }, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is not"],
  [
    { CASELINK_METRICS_ADDRESS: "9464", OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://c:4318" },
    "unset CASELINK_METRICS_ADDRESS",
  ],
  [{ ...COLLECTOR, OTEL_EXPORTER_OTLP_HEADERS: "a=1,hidden" }, "OTEL_EXPORTER_OTLP_HEADERS: header 2"],
  [{ ...COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }, "set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"],
  [{ ...COLLECTOR, OTEL_METRIC_EXPORT_INTERVAL: "soon" }, "OTEL_METRIC_EXPORT_INTERVAL is"],
  [{ OTEL_METRICS_EXPORTER: "prometheus" }, "set CASELINK_METRICS_ADDRESS to the host:port for Prometheus"],
  [{ OTEL_TRACES_EXPORTER: "jaeger" }, "OTEL_TRACES_EXPORTER is"],
  [{ OTEL_TRACES_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"],
  [{ OTEL_TRACES_EXPORTER: "otlp", CASELINK_TRACE_TICKETS: "2" }, "CASELINK_TRACE_TICKETS is"],
])("%j is a ConfigError that names the variable and the fix, and no secret", ([env, part]) => {
  const read = (): unknown => [readMetricsConfig(env), readTracesConfig(env)];
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(part);
  expect(read).not.toThrow("hidden");
});
