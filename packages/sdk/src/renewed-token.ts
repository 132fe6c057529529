import { isApiError } from "./api-error.ts";
import { TOKEN_HEADER, type Authentication } from "./authentication.ts";

export interface HeldToken {
  readonly value: string;
  /** When to get another, in milliseconds of the own clock. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

const MAX_MARGIN_MS = 5 * 60_000;

/** A token that is to be replaced 5 minutes, or a tenth of its life, if that is less, before its end. */
export function holdToken(value: string, lifetimeMs: number, now: number): HeldToken {
  const expiresAt = now + lifetimeMs;
  return { value, expiresAt, refreshAt: expiresAt - Math.min(MAX_MARGIN_MS, lifetimeMs / 10) };
}

/** Keeps a token until shortly before its end, and gets the next one once for all calls that wait for it. */
export function renewedToken(obtain: () => Promise<HeldToken>, now: () => number): Authentication {
  let token: HeldToken | undefined;
  let pending: Promise<HeldToken> | undefined;

  function refresh(): Promise<HeldToken> {
    pending ??= obtain()
      .then((fresh) => (token = fresh))
      .finally(() => (pending = undefined));
    return pending;
  }

  async function currentToken(signal: AbortSignal): Promise<HeldToken> {
    const held = token;
    if (held !== undefined && now() < held.refreshAt) return held;
    try {
      return await raceAbort(refresh(), signal);
    } catch (error) {
      // The old token still works for a while: an outage of IAM need not be noticed.
      if (held === undefined || now() >= held.expiresAt || signal.aborted || isUnauthenticated(error)) throw error;
      return held;
    }
  }

  return {
    async authorize({ headers }, signal) {
      headers.set(TOKEN_HEADER, (await currentToken(signal)).value);
    },
    invalidate({ headers }) {
      if (token !== undefined && headers.get(TOKEN_HEADER) === token.value) token = undefined;
    },
  };
}

function isUnauthenticated(error: unknown): boolean {
  return isApiError(error) && error.errorClass === "unauthenticated";
}

/** One waits no longer than the own signal allows; what is shared goes on. */
function raceAbort<Value>(shared: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
