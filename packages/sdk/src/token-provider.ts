import type { Authentication } from "./authentication.ts";
import { ArgumentError } from "./argument-error.ts";
import { checkHeaderValue } from "./check-arguments.ts";
import { holdToken, renewedToken } from "./renewed-token.ts";

export interface ProvidedToken {
  readonly token: string;
  /** When it expires, in milliseconds since 1970 or as a date; default: 23 hours from now. */
  readonly expiresAt?: number | Date | undefined;
}

/** Source: IAM, "Obtaining a user token": a token is valid for 24 hours. */
const UNNAMED_LIFETIME_MS = 23 * 60 * 60_000;

/**
 * Gets tokens from your function. A token is used until shortly before it expires. The function is called once for all calls
 * that wait for a token, and again when the server rejects a token. If the server rejects every new token, it is called again
 * after 30 s, growing to 5 min; until then calls use the rejected token. An error of the function reaches the caller of the
 * client.
 */
export function tokenProvider(
  provide: () => Promise<ProvidedToken | string> | ProvidedToken | string,
  options: { readonly now?: () => number } = {},
): Authentication {
  const { now = Date.now } = options;
  return renewedToken(async () => {
    const provided = await provide();
    const { token, expiresAt } = typeof provided === "string" ? { token: provided, expiresAt: undefined } : provided;
    checkHeaderValue("token", token);
    const lifetimeMs = expiresAt === undefined ? UNNAMED_LIFETIME_MS : toMilliseconds(expiresAt, now()) - now();
    if (!(lifetimeMs > 0)) throw new ArgumentError("expiresAt", "The provided token has already expired.");
    return holdToken(token, lifetimeMs, now());
  }, now);
}

function toMilliseconds(expiresAt: number | Date, now: number): number {
  if (expiresAt instanceof Date) return expiresAt.getTime();
  // Seconds are a thousandth of milliseconds.
  if (typeof expiresAt !== "number" || expiresAt < now / 100)
    throw new ArgumentError("expiresAt", "expiresAt is neither a date nor milliseconds since 1970.");
  return expiresAt;
}
