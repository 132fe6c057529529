import { isApiError } from "./api-error.ts";
import type { Hooks } from "./hooks.ts";

/** A logger that takes the message first: `console`, winston and others. */
export interface Logger {
  debug(message: string, entry: LogEntry): void;
  warn(message: string, entry: LogEntry): void;
}

/** A logger that takes the fields first: pino, bunyan and others. */
export interface ObjectFirstLogger {
  debug(entry: LogEntry, message: string): void;
  warn(entry: LogEntry, message: string): void;
}

/** The only facts that are logged. Everything else, such as request headers, is left out. */
export interface LogEntry {
  readonly operation: string;
  readonly attempt: number;
  readonly httpStatus?: number;
  readonly elapsedMs?: number;
  readonly requestId?: string;
  /** From here on: only of a failed attempt. */
  readonly errorClass?: string;
  readonly code?: string;
  readonly kind?: string;
  readonly execution?: string;
  readonly retryAfterMs?: number;
  /** The response headers that `LogOptions` allows. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LogOptions {
  /** Response headers to log in addition to `X-Request-Id`; default: none. */
  readonly headers?: readonly string[] | undefined;
  /** The logger's first argument. Default: the fields for pino, bunyan and their children, the message for others. */
  readonly first?: "fields" | "message" | undefined;
}

/** Hooks that log each attempt: a success as `debug`, a failure as `warn`. They never log credentials or the API's messages. */
export function logHooks(logger: Logger | ObjectFirstLogger, options: LogOptions = {}): Hooks {
  const { first = isObjectFirst(logger) ? "fields" : "message" } = options;
  const write = (level: "debug" | "warn", message: string, entry: LogEntry): void => {
    if (first === "fields") (logger as ObjectFirstLogger)[level](entry, message);
    else (logger as Logger)[level](message, entry);
  };
  return {
    afterResponse({ operation, attempt, httpStatus, elapsedMs, headers, error }) {
      const facts = isApiError(error)
        ? { errorClass: error.errorClass, code: error.code, retryAfterMs: error.retryAfterMs }
        : { kind: error?.kind };
      const allowed = (options.headers ?? []).flatMap((name) => {
        const value = headers?.get(name) ?? undefined;
        return value === undefined ? [] : [[name.toLowerCase(), value] as const];
      });
      const entry = {
        operation,
        attempt,
        httpStatus,
        elapsedMs: elapsedMs === undefined ? undefined : Math.round(elapsedMs),
        requestId: headers?.get("X-Request-Id") ?? undefined,
        ...facts,
        execution: error?.execution,
        headers: allowed.length === 0 ? undefined : Object.fromEntries(allowed),
      };
      const given = Object.entries(entry).filter(([, value]) => value !== undefined);
      // Every property of it is one of LogEntry.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const written = Object.fromEntries(given) as unknown as LogEntry;
      if (error === undefined) write("debug", "succeeded", written);
      else write("warn", "failed", written);
    },
  };
}

/** Recognises pino by `bindings`, and bunyan by `fields`. They would drop fields that come after the message. */
function isObjectFirst(given: Logger | ObjectFirstLogger): boolean {
  const logger: { readonly bindings?: unknown; readonly fields?: unknown } = Object(given);
  return typeof logger.bindings === "function" || typeof logger.fields === "object";
}
