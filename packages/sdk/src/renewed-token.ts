import { isApiError } from "./api-error.ts";
import { untilCancelled } from "./deadline.ts";
import { TOKEN_HEADER, type Authentication, type AuthorizeOptions } from "./authentication.ts";

export interface HeldToken {
  readonly value: string;
  /** When to obtain the next token, in milliseconds of the local clock. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

const MAX_MARGIN_MS = 5 * 60_000;
/** Consecutive failures that count as an outage; the retries of a call handle fewer. */
const OUTAGE = 4;
/** The pause between token requests in an outage; it doubles each time. Meanwhile calls fail or use the old token. */
const PAUSE_MS = { first: 100, longest: 30_000 };
/** The pause after a rejection: it lasts until the credentials are fixed, and IAM locks a user after some wrong passwords. */
const REJECTED_PAUSE_MS = { first: 30_000, longest: 5 * 60_000 };
/** How long a call waits for a renewal while the old token is still valid. */
const RENEWAL_MS = 2_000;

/** A token that is replaced 5 minutes before it expires, or a tenth of its lifetime if that is less. */
export function holdToken(value: string, lifetimeMs: number, now: number): HeldToken {
  const expiresAt = now + lifetimeMs;
  return { value, expiresAt, refreshAt: expiresAt - Math.min(MAX_MARGIN_MS, lifetimeMs / 10) };
}

/** A time without token requests. It starts again if the clock is put back, so that it is not longer by that. */
class Pause {
  readonly milliseconds: number;
  #since: number;

  constructor(since: number, milliseconds: number) {
    this.#since = since;
    this.milliseconds = milliseconds;
  }

  lasts(now: number): boolean {
    this.#since = Math.min(this.#since, now);
    return now - this.#since < this.milliseconds;
  }
}

/**
 * Uses a token until shortly before it expires. All calls that wait for the next token share one request for it. In an
 * outage and after a rejection, the next request is made only after a pause; until then calls reject with the same error.
 *
 * A token that the API rejects is replaced immediately, also one that was never accepted. If its successor is rejected without
 * having been accepted either, the account is at fault: the next token is obtained after a pause from 30 s to 5 min. Meanwhile
 * calls use the rejected token, and reject with the API's own response until it accepts the token.
 */
export function renewedToken(obtain: () => Promise<HeldToken>, now: () => number): Authentication {
  let token: HeldToken | undefined;
  /** True once the API has accepted the current token. */
  let isAccepted = false;
  /** Tokens in a row that the API rejected and never accepted. */
  let rejections = 0;
  /** Until it ends, the current token is not replaced if it was never accepted. */
  let replacementPause: Pause | undefined;
  let pending: { since: number; token: Promise<HeldToken> } | undefined;
  let failure: { error: unknown; count: number; pause: Pause } | undefined;

  function refresh(): Promise<HeldToken> {
    if (pending !== undefined) return pending.token;
    if (failure?.pause.lasts(now())) return Promise.reject(failure.error);
    const fresh = obtain()
      .then((obtained) => {
        failure = undefined;
        isAccepted = false;
        const { first, longest } = REJECTED_PAUSE_MS;
        const pauseMs = Math.min(longest, first * 2 ** (rejections - 1));
        replacementPause = rejections === 0 ? undefined : new Pause(now(), pauseMs);
        return (token = obtained);
      }, recordFailure)
      .finally(() => (pending = undefined));
    pending = { since: now(), token: fresh };
    return fresh;
  }

  function recordFailure(error: unknown): never {
    const count = (failure?.count ?? 0) + 1;
    const isRejected = isUnauthenticated(error);
    const { first, longest } = isRejected ? REJECTED_PAUSE_MS : PAUSE_MS;
    const pauseMs =
      isRejected || count >= OUTAGE ? Math.max(first, Math.min(longest, (failure?.pause.milliseconds ?? 0) * 2)) : 0;
    failure = { error, count, pause: new Pause(now(), pauseMs) };
    throw error;
  }

  async function currentToken(options: AuthorizeOptions): Promise<HeldToken> {
    const held = token;
    if (held !== undefined && now() < held.refreshAt) return held;
    const isGood = held !== undefined && now() < held.expiresAt;
    if (isGood && pending !== undefined && now() - pending.since >= RENEWAL_MS) return held;
    const { signal } = options;
    try {
      return await raceAbort(refresh(), signal, isGood ? RENEWAL_MS : undefined);
    } catch (error) {
      // The old token is still valid, so an outage of IAM does not fail the call.
      if (!isGood || signal.aborted || isUnauthenticated(error)) throw error;
      return held;
    }
  }

  return {
    async authorize({ headers }, options) {
      headers.set(TOKEN_HEADER, (await currentToken(options)).value);
    },
    invalidate({ headers }) {
      // Another call has replaced the rejected token already.
      if (headers.get(TOKEN_HEADER) !== token?.value) return true;
      if (!isAccepted && replacementPause?.lasts(now())) return false;
      if (!isAccepted) rejections += 1;
      token = undefined;
      return true;
    },
    recordAccepted({ headers }) {
      if (headers.get(TOKEN_HEADER) !== token?.value) return;
      isAccepted = true;
      rejections = 0;
    },
  };
}

function isUnauthenticated(error: unknown): boolean {
  return isApiError(error) && error.errorClass === "unauthenticated";
}

/** Waits for the shared promise until the caller's signal aborts or the limit is over. The shared promise continues. */
function raceAbort<Value>(shared: Promise<Value>, signal: AbortSignal, limitMs: number | undefined): Promise<Value> {
  if (limitMs === undefined) return untilCancelled(shared, signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("the renewal takes too long")), limitMs);
  });
  return untilCancelled(Promise.race([shared, late]), signal).finally(() => clearTimeout(timer));
}
