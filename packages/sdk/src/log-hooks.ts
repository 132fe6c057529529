import { isApiError } from "./api-error.ts";
import type { Hooks } from "./hooks.ts";

/** `console` is one, and so are most loggers. */
export interface Logger {
  debug(message: string, entry: LogEntry): void;
  warn(message: string, entry: LogEntry): void;
}

/** All that is ever logged: what is not named here, such as any request header, is left out. */
export interface LogEntry {
  readonly operation: string;
  readonly attempt: number;
  readonly httpStatus?: number;
  readonly elapsedMs?: number;
  readonly requestId?: string;
  /** Of an error. */
  readonly errorClass?: string;
  readonly code?: string;
  readonly kind?: string;
  readonly execution?: string;
  readonly retryAfterMs?: number;
  /** Headers of the answer that are on the list of those allowed. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LogOptions {
  /** Headers of answers that are logged, besides `X-Request-Id`; default: none. */
  readonly headers?: readonly string[];
}

/** Hooks that log each attempt: a success as `debug`, all else as `warn`. Never a credential, nor the API's own words. */
export function logHooks(logger: Logger, options: LogOptions = {}): Hooks {
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
      // Every name in it is one of a LogEntry.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const written = Object.fromEntries(given) as unknown as LogEntry;
      if (error === undefined) logger.debug("answered", written);
      else logger.warn("failed", written);
    },
  };
}
