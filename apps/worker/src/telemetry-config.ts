import type { TelemetryOptions } from "@temporalio/worker";
import { HISTOGRAM_BUCKETS } from "@caselink/workflows";
import { ConfigError, type Environment } from "./config.ts";
import { parseAddress } from "./parse-address.ts";

/** Where spans go, and which. */
export interface TracesConfig {
  /** The collector's URL for traces. */
  url: string;
  /** May contain a secret. */
  headers: Record<string, string>;
  /** The share of tickets that get a span, from 0 to 1. */
  ticketShare: number;
}

type MetricsConfig = NonNullable<TelemetryOptions["metrics"]>;

const DEFAULT_TICKET_SHARE = 0.01;
const DEFAULT_COLLECTOR = "http://localhost:4318";
/** OpenTelemetry's default. */
const EXPORT_INTERVAL_MS = 60_000;

/**
 * Reads where metrics go: to a Prometheus that scrapes, or to an OpenTelemetry collector; undefined: nowhere. Temporal's
 * runtime has one exporter.
 * @throws {ConfigError}
 */
export function readMetricsConfig(env: Environment): MetricsConfig | undefined {
  const address = env["CASELINK_METRICS_ADDRESS"];
  const own = env["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];
  const isSwitchedOff = readExporter(env, "OTEL_METRICS_EXPORTER") === "none";
  if (address && own && !isSwitchedOff) {
    throw new ConfigError(
      "metrics have two places to go: unset CASELINK_METRICS_ADDRESS (Prometheus) or OTEL_EXPORTER_OTLP_METRICS_ENDPOINT (OpenTelemetry)",
    );
  }
  const histogramBucketOverrides = { ...HISTOGRAM_BUCKETS };
  if (address) {
    const { host, port } = parseAddress("CASELINK_METRICS_ADDRESS", address);
    return { prometheus: { bindAddress: `${host}:${port}`, histogramBucketOverrides } };
  }
  const isNamed = own || env["OTEL_EXPORTER_OTLP_ENDPOINT"] || env["OTEL_METRICS_EXPORTER"] === "otlp";
  if (!isNamed || isSwitchedOff) return undefined;
  const isGrpc = readProtocol(env, "METRICS", ["http/protobuf", "grpc"]) === "grpc";
  return {
    otel: {
      url: readCollector(env, "METRICS", isGrpc ? "" : "/v1/metrics"),
      http: !isGrpc,
      headers: readHeaders(env, "METRICS"),
      metricsExportInterval: readInterval(env),
      histogramBucketOverrides,
    },
  };
}

/** Reads where traces go; undefined: nowhere, the default. @throws {ConfigError} */
export function readTracesConfig(env: Environment): TracesConfig | undefined {
  if (readExporter(env, "OTEL_TRACES_EXPORTER") !== "otlp") return undefined;
  readProtocol(env, "TRACES", ["http/json", "http/protobuf"]);
  return {
    url: readCollector(env, "TRACES", "/v1/traces"),
    headers: readHeaders(env, "TRACES"),
    ticketShare: readTicketShare(env),
  };
}

/** `otlp`, `none`, or undefined if the variable does not say. */
function readExporter(env: Environment, name: string): "otlp" | "none" | undefined {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return "none";
  const value = env[name];
  if (!value) return undefined;
  if (value === "otlp" || value === "none") return value;
  if (value === "prometheus")
    throw new ConfigError(
      `${name} is "${value}": set CASELINK_METRICS_ADDRESS to the host:port for Prometheus instead`,
    );
  throw new ConfigError(`${name} is "${value}"; it takes otlp or none`);
}

type Signal = "METRICS" | "TRACES";

/** The variable that holds for the signal: its own, else that of all signals. */
function variableOf(env: Environment, signal: Signal, end: string): string | undefined {
  return [`OTEL_EXPORTER_OTLP_${signal}_${end}`, `OTEL_EXPORTER_OTLP_${end}`].find((name) => env[name]);
}

/** @param path added to the address that is meant for all signals, as OpenTelemetry does */
function readCollector(env: Environment, signal: Signal, path: string): string {
  const name = variableOf(env, signal, "ENDPOINT");
  const value = name === undefined ? DEFAULT_COLLECTOR : (env[name] ?? "");
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // The value is not repeated: it may contain a password.
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new ConfigError(`${name} is not a plain http or https URL such as http://collector:4318`);
  }
  return name === `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT` ? value : `${value.replace(/\/+$/, "")}${path}`;
}

function readProtocol(env: Environment, signal: Signal, known: readonly string[]): string | undefined {
  const name = variableOf(env, signal, "PROTOCOL");
  const value = name === undefined ? undefined : env[name];
  if (value === undefined || known.includes(value)) return value;
  throw new ConfigError(
    `${name} is "${value}"; ${signal.toLowerCase()} leave by ${known.join(" or ")}: set OTEL_EXPORTER_OTLP_${signal}_PROTOCOL to one of these`,
  );
}

function readHeaders(env: Environment, signal: Signal): Record<string, string> {
  const name = variableOf(env, signal, "HEADERS");
  const headers: Record<string, string> = {};
  if (name === undefined) return headers;
  for (const [at, entry] of (env[name] ?? "").split(",").entries()) {
    if (entry.trim() === "") continue;
    const [key = "", ...value] = entry.split("=");
    if (value.length === 0 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(key.trim())) {
      // The entry is not repeated: it is probably a secret.
      throw new ConfigError(`${name}: header ${at + 1} is not name=value; it takes name=value,name=value`);
    }
    headers[key.trim()] = decodeValue(value.join("=").trim());
  }
  return headers;
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // a percent sign that encodes nothing
  }
}

function readInterval(env: Environment): number {
  const value = env["OTEL_METRIC_EXPORT_INTERVAL"];
  if (!value) return EXPORT_INTERVAL_MS;
  const milliseconds = Number(value);
  if (Number.isSafeInteger(milliseconds) && milliseconds >= 100) return milliseconds;
  throw new ConfigError(
    `OTEL_METRIC_EXPORT_INTERVAL is "${value}"; it takes a whole number of milliseconds from 100 on`,
  );
}

function readTicketShare(env: Environment): number {
  const value = env["CASELINK_TRACE_TICKETS"];
  if (!value) return DEFAULT_TICKET_SHARE;
  const share = Number(value);
  if (share >= 0 && share <= 1) return share;
  throw new ConfigError(`CASELINK_TRACE_TICKETS is "${value}"; it takes a share of the tickets from 0 to 1`);
}
