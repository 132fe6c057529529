import type { Authentication } from "./authentication.ts";
import { ArgumentError } from "./argument-error.ts";
import { checkHeaderValue } from "./check-arguments.ts";
import { holdToken, renewedToken } from "./renewed-token.ts";

export interface ProvidedToken {
  readonly token: string;
  /** When it ends, in milliseconds since 1970 or as a date; without it the token is kept for 23 hours. */
  readonly expiresAt?: number | Date | undefined;
}

/** Source: IAM, "Obtaining a user token": a token is valid for 24 hours. */
const UNNAMED_LIFETIME_MS = 23 * 60 * 60_000;

/**
 * Tokens from a function of your own. A token is kept until shortly before its end; the function is called once for all calls
 * that wait for it, and once more when the server refuses a token. What it rejects with reaches the caller of the client.
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
    const lifetimeMs = expiresAt === undefined ? UNNAMED_LIFETIME_MS : Number(expiresAt) - now();
    if (!(lifetimeMs > 0)) throw new ArgumentError("expiresAt", "The token that was provided has ended already.");
    return holdToken(token, lifetimeMs, now());
  }, now);
}
