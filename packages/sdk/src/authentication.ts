import { checkHeaderValue } from "./check-arguments.ts";

/** A request that is about to be sent, or was. */
export interface AuthenticationRequest {
  readonly method: string;
  /** Absolute, with the query. */
  readonly url: string;
  /** Credentials are added here. */
  readonly headers: Headers;
  readonly body?: string | undefined;
}

/** Puts a credential on requests. Write one of your own for other ways to authenticate. */
export interface Authentication {
  /**
   * Adds the headers. May reject with an ApiError or a ConnectionError when no credential can be had; other errors reach
   * the caller unchanged. Ends early when the signal aborts.
   */
  authorize(request: AuthenticationRequest, signal: AbortSignal): Promise<void> | void;
  /**
   * Called when the server refused the request's credential: drops it, so that the next `authorize` gets a new one, after
   * which the request is sent once more. Leave it out where a new credential cannot be had.
   */
  invalidate?(refused: AuthenticationRequest): void;
}

export const TOKEN_HEADER = "X-Auth-Token";

/**
 * A ready token. It is never renewed: when it ends, calls fail with an ApiError of class `unauthenticated`.
 * @throws ArgumentError when the token is empty or cannot stand in a header.
 */
export function staticToken(token: string): Authentication {
  checkHeaderValue("token", token);
  return {
    authorize({ headers }) {
      headers.set(TOKEN_HEADER, token);
    },
  };
}

/** The text without any credential that the headers carry; servers echo them in messages. */
export function redact(text: string, headers: Headers): string {
  const secrets = [headers.get(TOKEN_HEADER), headers.get("X-Security-Token"), headers.get("Authorization")];
  const parts = secrets.flatMap((secret) => [
    secret ?? "",
    ...(secret ?? "").matchAll(/(?:Access|Signature)=([^,\s]+)/g),
  ]);
  let clean = text;
  for (const part of parts) {
    const secret = typeof part === "string" ? part : (part[1] ?? "");
    if (secret !== "") clean = clean.replaceAll(secret, "[redacted]");
  }
  return clean;
}
