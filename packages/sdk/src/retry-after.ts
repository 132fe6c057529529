import type { NamedLimit } from "./rate-feedback.ts";
import type { ResponseHeaders } from "./transport.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** A window in a message says how long the wait is at most; after this time the server is asked again. */
const MAX_WINDOW_WAIT_MS = 3_600_000;

/**
 * The wait that the server asks for, in milliseconds: the `Retry-After` header (RFC 9110 §10.2.3, seconds or a date), else the
 * window in the gateway's message (`policy user over ratelimit,limit:200,time:1 second`), but at most an hour, else undefined.
 *
 * @param serverTimeMs the time of the response by the server's clock, which a date is compared with
 */
export function readRetryAfterMs(
  header: string | null,
  message: string | undefined,
  serverTimeMs: number,
): number | undefined {
  const windowMs = readWindowMs(message ?? "");
  return readHeader(header?.trim() ?? "", serverTimeMs) ?? (windowMs && Math.min(windowMs, MAX_WINDOW_WAIT_MS));
}

/** The time of a response by the server's clock, in milliseconds since 1970; undefined if it has no date. */
export function readServerTimeMs(headers: ResponseHeaders): number | undefined {
  const timeMs = Date.parse(headers.get("Date") ?? "");
  return timeMs > 0 ? timeMs : undefined;
}

/** The limit in the gateway's message. */
export function readNamedLimit(message = ""): NamedLimit | undefined {
  const requests = Number(/\blimit:\s*(\d+)/i.exec(message)?.[1]);
  const windowMs = readWindowMs(message);
  if (!(requests > 0) || windowMs === undefined) return undefined;
  const scope = /\bpolicy (api|user|ip)\b/i.exec(message)?.[1]?.toLowerCase() as NamedLimit["scope"];
  return { requests, windowMs, ...(scope && { scope }) };
}

function readHeader(header: string, serverTimeMs: number): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(header)) return Number(header) * 1_000;
  // A date always has the name of its month; Date.parse alone would also accept "-1".
  if (!/[a-z]{3}/i.test(header)) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - serverTimeMs);
}

function readWindowMs(message: string): number | undefined {
  const [, count, unit = ""] = /\btime:\s*(\d+)\s*(second|minute|hour|day)/i.exec(message) ?? [];
  const unitMs = UNITS_MS[unit.toLowerCase()];
  return unitMs === undefined || !(Number(count) > 0) ? undefined : Number(count) * unitMs;
}
