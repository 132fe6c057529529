import { ApiError } from "./api-error.ts";
import { ArgumentError } from "./argument-error.ts";
import { attempt, describe, type ParsedResponse } from "./attempt.ts";
import type { Authentication } from "./authentication.ts";
import { checkEndpoint } from "./check-arguments.ts";
import { classifyFailure } from "./classify-failure.ts";
import { createOperations } from "./plain-request.ts";
import { holdToken, renewedToken, type HeldToken } from "./renewed-token.ts";
import { readRetryAfterMs } from "./retry-after.ts";
import type { Transport } from "./transport.ts";
import { readFailure, readTokenLife, toPasswordBody, TOKENS_PATH } from "./wire-mapping.ts";

export interface IamPasswordOptions {
  /** Base URL of IAM, such as `https://iam.myhuaweicloud.com`. */
  readonly iamEndpoint: string;
  /** An IAM user; accounts of other kinds cannot obtain a token so. */
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  /** Scope of the token; default: the domain. */
  readonly projectId?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Transport;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds for the token call; default 10,000: less than a call has, so that it is told which did not answer. */
  readonly timeoutMs?: number;
}

/** A token lasts 24 hours; an answer that does not say so is not trusted that long. */
const UNNAMED_LIFETIME_MS = 60 * 60_000;

/**
 * A token obtained by user name and password, kept until 5 minutes (or a tenth of its life, if that is less) before its
 * end, and obtained once for all calls that wait for it. Calls reject with an ApiError of class `unauthenticated` when IAM
 * refuses, and with a ConnectionError when it cannot be reached; in both `execution` is `no`.
 * @throws ArgumentError for an endpoint that is no base URL, and for an empty user, password or domain.
 */
export function iamPassword(options: IamPasswordOptions): Authentication {
  const { user, password, domain, projectId, fetch = globalThis.fetch, now = Date.now, timeoutMs = 10_000 } = options;
  const operations = createOperations(checkEndpoint("iamEndpoint", options.iamEndpoint));
  for (const [argument, value] of Object.entries({ user, password, domain }))
    if (typeof value !== "string" || value === "") throw new ArgumentError(argument, `${argument} is empty.`);
  const body = toPasswordBody({ user, password, domain, projectId });

  async function obtain(): Promise<HeldToken> {
    const answer = await attempt(
      (init) =>
        operations.POST(TOKENS_PATH, {
          params: { query: { nocatalog: "true" } },
          querySerializer: () => "nocatalog=true",
          body,
          ...init,
        }),
      { transport: fetch, authentication: { authorize() {} } },
      { isWrite: false, attempts: 1, timeoutMs },
      undefined,
    );
    const value = answer.headers.get("X-Subject-Token");
    if (!answer.ok || !value) throw toSignInError(answer, password, now);
    // By the life that the answer names, not by its clock, which may differ from ours.
    const life = readTokenLife(answer.body);
    const lifetimeMs = life === undefined ? UNNAMED_LIFETIME_MS : (life.lifetimeMs ?? life.expiresAt - now());
    return holdToken(value, lifetimeMs, now());
  }

  return renewedToken(obtain, now);
}

function toSignInError(answer: ParsedResponse, password: string, now: () => number): ApiError {
  const failure = readFailure(answer.body);
  const { errorClass } = classifyFailure(answer.httpStatus, undefined);
  const isRefusal = errorClass !== "throttled" && errorClass !== "transient" && !answer.ok;
  const retryAfterMs = readRetryAfterMs(answer.headers.get("Retry-After"), failure.message, now);
  return new ApiError({
    operation: describe(answer.request),
    httpStatus: answer.httpStatus,
    errorClass: isRefusal ? "unauthenticated" : errorClass,
    execution: "no",
    attempts: 1,
    code: failure.code,
    apiMessage: failure.message
      ?.replaceAll(password, "[redacted]")
      .replaceAll(/[\p{Cc}\s]+/gu, " ")
      .slice(0, 500),
    requestId: answer.headers.get("X-Request-Id") ?? failure.requestId,
    retryAfterMs,
    remark: answer.ok ? "the answer carries no X-Subject-Token" : undefined,
  });
}
