import type { Authentication } from "./authentication.ts";
import { untilCancelled } from "./deadline.ts";
import { readServerTimeMs } from "./retry-after.ts";
import type { Cancellation, HttpResponse, ResponseHeaders } from "./transport.ts";

/** Those whose local clock is good, or was compared with the server's. */
const settled = new WeakSet<Authentication>();
/** The end of the one request that is in flight for an authentication that is not settled. */
const probes = new WeakMap<Authentication, Promise<void>>();

/**
 * Lets one request at a time pass until the server's time is known, because a burst that is dated by a wrong clock locks the
 * key. Concerns an authentication with `recordServerTime`, over all its clients. Returns undefined if the request may be sent
 * together with others; otherwise a promise of a function to call when the request has ended.
 */
export function passClockGate(auth: Authentication, cancellation: Cancellation): Promise<() => void> | undefined {
  if (auth.recordServerTime === undefined || settled.has(auth)) return undefined;
  return waitForProbe(auth, cancellation);
}

async function waitForProbe(auth: Authentication, cancellation: Cancellation): Promise<() => void> {
  for (let other = probes.get(auth); other !== undefined; other = probes.get(auth)) {
    await untilCancelled(other, cancellation);
    if (settled.has(auth)) return () => {};
  }
  let end: (() => void) | undefined;
  probes.set(auth, new Promise((resolve) => (end = resolve)));
  return () => {
    probes.delete(auth);
    end?.();
  };
}

/** Passes the date of a response on. A success without one shows that the date of the request was good. */
export function recordServerTime(auth: Authentication, { ok, headers }: HttpResponse): void {
  if (auth.recordServerTime === undefined) return;
  const serverTimeMs = isFromCache(headers) ? undefined : readServerTimeMs(headers);
  if (serverTimeMs !== undefined) auth.recordServerTime(serverTimeMs);
  if (ok || serverTimeMs !== undefined) settled.add(auth);
}

/** The date of such a response is the time at which a cache got it (RFC 9111 §5.1, RFC 9211 §2.1). */
function isFromCache(headers: ResponseHeaders): boolean {
  const isHit = /;\s*hit\b/i.test(headers.get("Cache-Status") ?? "") || /\bhit\b/i.test(headers.get("X-Cache") ?? "");
  return isHit || Number(headers.get("Age")) > 0;
}
