import { ApiError } from "./api-error.ts";
import { ArgumentError } from "./argument-error.ts";
import { attempt, clean, type ParsedResponse } from "./attempt.ts";
import type { Authentication } from "./authentication.ts";
import { excerptOf } from "./body-excerpt.ts";
import { checkEndpoint } from "./check-arguments.ts";
import { classifyFailure } from "./classify-failure.ts";
import { createOperations } from "./plain-request.ts";
import { holdToken, renewedToken, type HeldToken } from "./renewed-token.ts";
import { readFixedHeaders } from "./request-options.ts";
import { readRetryAfterMs, readServerTimeMs } from "./retry-after.ts";
import { hideSecrets } from "./safe-headers.ts";
import type { Transport } from "./transport.ts";
import { readFailure, readTokenLife, toPasswordBody, TOKENS_PATH } from "./wire-mapping.ts";

export interface IamPasswordOptions {
  /** Base URL of IAM, such as `https://iam.myhuaweicloud.com`. */
  readonly iamEndpoint: string;
  /** An IAM user. Accounts of other kinds cannot obtain a token with a password. */
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** Scope of the token; default: the domain. */
  readonly projectId?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Transport | undefined;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds for the token call; default 10,000. It is shorter than an attempt, so that the error names IAM. */
  readonly timeoutMs?: number | undefined;
}

const OPERATION = `sign in (POST ${TOKENS_PATH})`;

/** The lifetime of a token if the response does not name it. A token normally lasts 24 hours. */
const UNNAMED_LIFETIME_MS = 60 * 60_000;

/**
 * Obtains a token by user name and password. The token is renewed 5 minutes before it expires, or a tenth of its lifetime
 * if that is less, and immediately when the API rejects it. All calls that need it at the same time share one token request.
 * If the API rejects every new token, the account is at fault: the next one is requested after 30 s, growing to 5 min. Until
 * then calls reject with the API's rejection, an ApiError of class `unauthenticated` and phase `request`.
 *
 * Calls reject with an ApiError of class `unauthenticated` if IAM rejects the credentials, and with a ConnectionError if IAM
 * cannot be reached; both are failures of phase `sign-in`.
 * @throws ArgumentError for an endpoint that is not a base URL, and for an empty user, password or domain.
 */
export function iamPassword(options: IamPasswordOptions): Authentication {
  const { user, password, domain, projectId, fetch = globalThis.fetch, now = Date.now, timeoutMs = 10_000 } = options;
  const operations = createOperations(checkEndpoint("iamEndpoint", options.iamEndpoint));
  for (const [argument, value] of Object.entries({ user, password, domain }))
    if (typeof value !== "string" || value === "") throw new ArgumentError(argument, `${argument} is empty.`);
  const headers = readFixedHeaders({});
  const body = toPasswordBody({ user, password, domain, projectId });

  async function obtain(): Promise<HeldToken> {
    const response = await attempt(
      (init) =>
        operations.POST(TOKENS_PATH, {
          params: { query: { nocatalog: "true" } },
          querySerializer: () => "nocatalog=true",
          body,
          ...init,
        }),
      { transport: fetch, authentication: { authorize() {} }, headers, secrets: [password] },
      { operation: OPERATION, isWrite: false, attempts: 1, timeoutMs },
      undefined,
    );
    const value = response.headers.get("X-Subject-Token");
    if (!response.ok || !value) throw toSignInError(response, password, now);
    // Only the lifetime in the response counts: its clock may differ from the local one.
    const life = readTokenLife(response.body);
    const lifetimeMs = life === undefined ? UNNAMED_LIFETIME_MS : (life.lifetimeMs ?? life.expiresAt - now());
    return holdToken(value, lifetimeMs, now());
  }

  return renewedToken(obtain, now);
}

function toSignInError(response: ParsedResponse, password: string, now: () => number): ApiError {
  const failure = readFailure(response.body);
  const { errorClass } = classifyFailure(response.httpStatus, undefined);
  const isRejection = errorClass !== "throttled" && errorClass !== "transient" && !response.ok;
  const retryAfterMs = readRetryAfterMs(
    response.headers.get("Retry-After"),
    failure.message,
    readServerTimeMs(response.headers) ?? now(),
  );
  return new ApiError({
    operation: OPERATION,
    httpStatus: response.httpStatus,
    errorClass: isRejection ? "unauthenticated" : errorClass,
    execution: "no",
    attempts: 1,
    code: clean(response.request, failure.code, [password]),
    apiMessage: clean(response.request, failure.message, [password]),
    requestId: clean(response.request, response.headers.get("X-Request-Id") ?? failure.requestId, [password]),
    retryAfterMs,
    headers: hideSecrets(response.headers, response.request),
    bodyExcerpt:
      failure.code === undefined ? excerptOf(response.content, response.request.headers, password) : undefined,
    remark: response.ok ? "the response has no X-Subject-Token" : undefined,
  });
}
