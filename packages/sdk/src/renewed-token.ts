import { isApiError } from "./api-error.ts";
import { TOKEN_HEADER, type Authentication, type AuthorizeOptions } from "./authentication.ts";

export interface HeldToken {
  readonly value: string;
  /** When to get another, in milliseconds of the own clock. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

const MAX_MARGIN_MS = 5 * 60_000;
/** So many failures one after the other are an outage; fewer are mended by a call's own retries. */
const OUTAGE = 4;
/** In an outage IAM is asked again after this, twice as long each time; meanwhile calls fail, or use the old token. */
const PAUSE_MS = { first: 100, longest: 30_000 };
/** A refusal is final until somebody mends it, and IAM locks users out after some wrong passwords. */
const REFUSED_PAUSE_MS = { first: 30_000, longest: 5 * 60_000 };
/** A renewal that takes longer is not waited for while the old token works. */
const RENEWAL_MS = 2_000;

/** A token that is to be replaced 5 minutes, or a tenth of its life, if that is less, before its end. */
export function holdToken(value: string, lifetimeMs: number, now: number): HeldToken {
  const expiresAt = now + lifetimeMs;
  return { value, expiresAt, refreshAt: expiresAt - Math.min(MAX_MARGIN_MS, lifetimeMs / 10) };
}

/**
 * Keeps a token until shortly before its end, and gets the next one once for all calls that wait for it. In an outage,
 * and after a refusal, it is asked for again only after a pause: until then calls reject with the same error.
 */
export function renewedToken(obtain: () => Promise<HeldToken>, now: () => number): Authentication {
  let token: HeldToken | undefined;
  let pending: { since: number; token: Promise<HeldToken> } | undefined;
  let failure: { error: unknown; count: number; pauseMs: number; until: number } | undefined;

  function refresh(): Promise<HeldToken> {
    if (pending !== undefined) return pending.token;
    if (failure !== undefined && now() < failure.until) return Promise.reject(failure.error);
    const fresh = obtain()
      .then((obtained) => {
        failure = undefined;
        return (token = obtained);
      }, noteFailure)
      .finally(() => (pending = undefined));
    pending = { since: now(), token: fresh };
    return fresh;
  }

  function noteFailure(error: unknown): never {
    const count = (failure?.count ?? 0) + 1;
    const isRefused = isUnauthenticated(error);
    const { first, longest } = isRefused ? REFUSED_PAUSE_MS : PAUSE_MS;
    const pauseMs = isRefused || count >= OUTAGE ? Math.max(first, Math.min(longest, (failure?.pauseMs ?? 0) * 2)) : 0;
    failure = { error, count, pauseMs, until: now() + pauseMs };
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
      // The old token still works for a while: an outage of IAM need not be noticed.
      if (!isGood || signal.aborted || isUnauthenticated(error)) throw error;
      return held;
    }
  }

  return {
    async authorize({ headers }, options) {
      headers.set(TOKEN_HEADER, (await currentToken(options)).value);
    },
    invalidate({ headers }) {
      if (token !== undefined && headers.get(TOKEN_HEADER) === token.value) token = undefined;
    },
  };
}

function isUnauthenticated(error: unknown): boolean {
  return isApiError(error) && error.errorClass === "unauthenticated";
}

/** One waits no longer than the own signal, or the limit, allows; what is shared goes on. */
function raceAbort<Value>(shared: Promise<Value>, signal: AbortSignal, limitMs: number | undefined): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    const timer = limitMs === undefined ? undefined : setTimeout(() => reject(new Error("it takes too long")), limitMs);
    signal.addEventListener("abort", onAbort, { once: true });
    shared.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(timer);
    });
  });
}
