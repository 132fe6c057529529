import { checkHeaderValue } from "./check-arguments.ts";

/** A request's headers before it is sent; names in any case. */
export interface RequestHeaders {
  get(name: string): string | null;
  set(name: string, value: string): void;
  has(name: string): boolean;
  delete(name: string): void;
}

/** A request before it is sent, or after. */
export interface AuthenticationRequest {
  readonly method: string;
  /** Absolute, with the query. */
  readonly url: string;
  /** Credentials are added here. */
  readonly headers: RequestHeaders;
  readonly body?: string | undefined;
}

export interface AuthorizeOptions {
  /** Aborts when the attempt ends. It is made when it is first read, because most ways to authenticate do not need it. */
  readonly signal: AbortSignal;
}

/** Adds a credential to requests. Implement it yourself for other ways to authenticate. */
export interface Authentication {
  /**
   * Adds the headers, anew for each attempt. Ends early when the signal aborts. May reject with an ApiError or a
   * ConnectionError if it cannot obtain a credential: the call then rejects with that error, as a failure of phase `sign-in`.
   * Other errors reach the caller unchanged.
   */
  authorize(request: AuthenticationRequest, options: AuthorizeOptions): Promise<void> | void;
  /**
   * Called when the server rejected the request's credential. Drops the credential, so that the next `authorize` obtains a
   * new one; then the request is sent once more, unless it returns false: then the call fails with the rejection. Leave it out
   * if a new credential cannot be obtained. A call asks for one new credential at most.
   */
  invalidate?(rejected: AuthenticationRequest): boolean | void;
  /** Called when a response showed that the server accepted the request's credential. */
  recordAccepted?(accepted: AuthenticationRequest): void;
  /**
   * Called with the server's clock (milliseconds since 1970) for each response that has a date and comes from no cache. Until
   * the first one, or the first success, requests are sent one by one: many that are dated by a wrong clock would lock a key.
   */
  recordServerTime?(serverTimeMs: number): void;
}

export const TOKEN_HEADER = "X-Auth-Token";

/**
 * Uses a token that you have. It is never renewed: when it has expired, calls fail with an ApiError of class
 * `unauthenticated`.
 * @throws ArgumentError if the token is empty or not allowed in a header.
 */
export function staticToken(token: string): Authentication {
  checkHeaderValue("token", token);
  return {
    authorize({ headers }) {
      headers.set(TOKEN_HEADER, token);
    },
  };
}
