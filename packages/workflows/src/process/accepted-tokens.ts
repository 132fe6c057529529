/** Tokens that are remembered. Requests in flight have at most the last few. */
const REMEMBERED = 4;

/**
 * The tokens that the API has accepted. If it rejects one of them later, the token has expired or was revoked: the next one may
 * be accepted, so the rejection is no sign of an outage.
 */
export class AcceptedTokens {
  readonly #tokens = new Set<string>();

  /** @param headers of a request that was accepted */
  record(headers: Readonly<Record<string, string>>): void {
    const token = headers[TOKEN_HEADER];
    if (token === undefined || this.#tokens.has(token)) return;
    this.#tokens.add(token);
    for (const oldest of this.#tokens) {
      if (this.#tokens.size <= REMEMBERED) return;
      this.#tokens.delete(oldest);
    }
  }

  /** True if the request has a token that was accepted before. */
  includes(headers: Readonly<Record<string, string>>): boolean {
    return this.#tokens.has(headers[TOKEN_HEADER] ?? "");
  }
}

const TOKEN_HEADER = "x-auth-token";
