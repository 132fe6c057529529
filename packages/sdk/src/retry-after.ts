const UNIT_MS = new Map([
  ["second", 1_000],
  ["minute", 60_000],
  ["hour", 3_600_000],
]);

/**
 * How long the server asks to wait, in milliseconds: the `Retry-After` header (RFC 9110 §10.2.3, seconds or a date), else the
 * window that the gateway names in its message (`policy user over ratelimit,limit:200,time:1 second`), else undefined.
 */
export function readRetryAfterMs(
  header: string | null,
  message: string | undefined,
  now: () => number,
): number | undefined {
  return readHeader(header?.trim() ?? "", now) ?? readWindow(message ?? "");
}

function readHeader(header: string, now: () => number): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(header)) return Number(header) * 1_000;
  // A date always names its month; Date.parse alone would also take "-1".
  if (!/[a-z]{3}/i.test(header)) return undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now());
}

function readWindow(message: string): number | undefined {
  const [, count, unit] = /\btime:\s*(\d+)\s*(second|minute|hour)/i.exec(message) ?? [];
  const unitMs = UNIT_MS.get(unit?.toLowerCase() ?? "");
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}
