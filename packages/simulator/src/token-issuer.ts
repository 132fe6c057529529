import { randomBytes } from "node:crypto";
import type { SimulatorUser } from "./config.ts";

export interface IssuedToken {
  readonly token: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** The tokens that the token call issued. A new token does not void the old ones. */
export class TokenIssuer {
  readonly #expiries = new Map<string, number>();
  readonly #users = new Map<string, string>();

  /** @param user the name of the user that signs in */
  issue(user: string, nowMs: number, lifetimeMs: number): IssuedToken {
    const token = `simulated-${randomBytes(48).toString("base64url")}`;
    this.#expiries.set(token, nowMs + lifetimeMs);
    this.#users.set(token, user);
    return { token, issuedAtMs: nowMs, expiresAtMs: nowMs + lifetimeMs };
  }

  /** "unknown" for a token that was never issued here. */
  stateOf(token: string, nowMs: number): "valid" | "expired" | "unknown" {
    const expiresAtMs = this.#expiries.get(token);
    if (expiresAtMs === undefined) return "unknown";
    return nowMs < expiresAtMs ? "valid" : "expired";
  }

  /** The name of the user that a token was issued to. */
  userOf(token: string): string | undefined {
    return this.#users.get(token);
  }

  expireAll(): void {
    for (const token of this.#expiries.keys()) this.#expiries.set(token, 0);
  }
}

/** True if one of `users` has these credentials. */
export function isUser(
  users: readonly SimulatorUser[],
  candidate: { name: string; password: string; domain: string },
): boolean {
  return users.some(
    ({ name, password, domain }) =>
      name === candidate.name && password === candidate.password && domain === candidate.domain,
  );
}
