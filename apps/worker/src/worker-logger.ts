import { endpointKey } from "@caselink/workflows";
import { DefaultLogger, type LogLevel } from "@temporalio/worker";
import { pino } from "pino";
import { readEndpoint, type Environment } from "./config.ts";

/**
 * The logger of a worker process: lines of JSON with `time`, `level` and `message`, and `batch`, `lane`, `chunk` and `endpoint`
 * if they are known.
 *
 * @param write default: standard error
 */
export function createWorkerLogger(
  level: LogLevel,
  env: Environment,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): DefaultLogger {
  const lines = pino(
    {
      level: "trace", // Temporal's logger leaves out what is below its level
      base: endpointOf(env),
      timestamp: false, // a line has the time of its event, which may be older
      messageKey: "message",
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    { write },
  );
  return new DefaultLogger(level, ({ level: severity, message, timestampNanos, meta }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    lines[PINO_LEVELS[severity]]({ time, ...placeOf(meta), ...plain(meta) }, message);
  });
}

const PINO_LEVELS = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;

/** Names that a line has anyway. */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "message"]);

/** A worker without a usable address ends before it works: its lines do without. */
function endpointOf(env: Environment): { endpoint?: string } {
  try {
    return { endpoint: endpointKey(readEndpoint(env)) };
  } catch {
    return {};
  }
}

/** The batch or the lane that the workflow of a line is about. */
function placeOf(meta: Record<string, unknown> | undefined): { batch?: string; lane?: string } {
  const { workflowId, batchId } = meta ?? {};
  const named = typeof batchId === "string" ? { batch: batchId } : {};
  if (typeof workflowId !== "string") return named;
  const [kind, ...rest] = workflowId.split(":");
  if (kind === "caselink-batch") return { batch: rest.join(":") };
  const lane = rest.at(-1);
  return kind === "caselink-lane" && lane !== undefined ? { ...named, lane } : named;
}

/** Log fields that JSON can represent; an error becomes its message. */
function plain(meta: Record<string, unknown> | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(meta ?? {})) {
    if (RESERVED.has(name)) continue;
    fields[name] = value instanceof Error ? value.message : typeof value === "bigint" ? value.toString() : value;
  }
  return fields;
}
