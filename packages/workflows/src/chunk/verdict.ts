import {
  isApiError,
  isArgumentError,
  isConnectionError,
  isOsmError,
  type ApiError,
  type ErrorClass,
} from "@caselink/sdk";
import type { Outcome, RowResult } from "@caselink/ledger";
import type { Trouble } from "../workflow/contracts.ts";

/** What a report says of a failed call; no secret is in it. */
export type CallFailure = Pick<RowResult, "error_code" | "error_message" | "http_status" | "request_id">;

/** What a report says of a call that was made, whatever came of it. */
export type CallRecord = CallFailure & Pick<RowResult, "elapsed_ms">;

/**
 * What a failed call means for the rows it was made for.
 *
 * - `refused`: the API said no, surely without executing; asking again would change nothing.
 * - `trouble`: not the rows' fault and surely not executed; they wait.
 * - `held`: refused without having been executed, and whether the rows are meant is not known yet; they wait.
 * - `unsent`: the turn ended before a request was sent; it tells nothing.
 * - `unclear`: it may pass. `isInDoubt` says whether a write may have been executed. `isUnknownCode`: the API answered
 *   with a code that no document names.
 */
export type Verdict = { failure: CallFailure; attempts: number } & (
  | { kind: "refused"; outcome: Outcome }
  | { kind: "trouble"; trouble: Trouble }
  | { kind: "held" }
  | { kind: "unsent" }
  | { kind: "unclear"; isInDoubt: boolean; isUnknownCode: boolean }
);

const REFUSALS: Partial<Record<ErrorClass, Outcome>> = {
  limit: "limit_reached",
  "not-found": "not_found",
  forbidden: "forbidden",
  "self-association": "invalid",
  "invalid-parameter": "invalid",
};

/**
 * Why the API turns a ticket away, where the same may be said to every other.
 *
 * - `permission`: the service says that it is not allowed, of the ticket or of everything
 * - `gateway`: somebody before the service says so
 * - `endpoint`: there is no such API at this address
 */
export type Ground = "permission" | "gateway" | "endpoint";

/** `answered`: refused, and not for such a ground. `none`: it tells nothing. */
export function groundOf(error: unknown): Ground | "answered" | "none" {
  if (!isApiError(error) || error.execution !== "no" || isSignInFailure(error)) return "none";
  if (isOfGatewayAlone(error)) return "none";
  if (error.errorClass === "forbidden") return isOfService(error) ? "permission" : "gateway";
  if (error.errorClass === "unknown") return isOfService(error) ? "answered" : "endpoint";
  return REFUSALS[error.errorClass] ? "answered" : "none";
}

/** The gateway's own code says that the caller may not use the API at all: one answer proves it. */
function isOfGatewayAlone({ errorClass, code }: ApiError): boolean {
  return errorClass === "forbidden" && code !== undefined && GATEWAY_CODE.test(code);
}

/** Source: "API Signing Guide", error codes; pages write the prefix in both ways. */
const GATEWAY_CODE = /^APIGW?\./;

/** A code of the gateway, or none, is not the service's word on a ticket; nor is HTTP 404, which it never answers. */
function isOfService({ code, httpStatus }: ApiError): boolean {
  return code !== undefined && !GATEWAY_CODE.test(code) && httpStatus !== 404 && httpStatus !== 405;
}

/** A refusal that is meant for the whole batch, or may be: no row gets an outcome by it. */
export class TurnedAwayError extends Error {
  override readonly name = "TurnedAwayError";
  readonly refusal: unknown;
  readonly ground: Ground;
  readonly endpoint: string;
  readonly isForBatch: boolean;

  constructor(refusal: unknown, ground: Ground, endpoint: string, isForBatch: boolean) {
    super("the API turned it away", { cause: refusal });
    this.refusal = refusal;
    this.ground = ground;
    this.endpoint = endpoint;
    this.isForBatch = isForBatch;
  }
}

/** Nothing was sent, because the turn is over or has to stop. */
export class UnsentError extends Error {
  override readonly name = "UnsentError";

  constructor() {
    super("the turn ended before it was sent");
  }
}

/** Nothing was sent, because the credentials were refused to another request of the process. */
export class RefusedElsewhereError extends Error {
  override readonly name = "RefusedElsewhereError";
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.reason);
    this.trouble = trouble;
  }
}

/** True if no credential could be obtained: the API received no request. A call that was aborted proves nothing. */
export function isSignInFailure(error: unknown): boolean {
  return isOsmError(error) && error.phase === "sign-in" && !(isConnectionError(error) && error.kind === "aborted");
}

/** The only place that turns an SDK error into what happens to a row. Throws what is not an SDK error: that is a bug. */
export function judge(error: unknown): Verdict {
  if (error instanceof TurnedAwayError) return judgeTurnedAway(error);
  if (isSignInFailure(error)) return judgeSignIn(error);
  if (error instanceof RefusedElsewhereError)
    return { kind: "trouble", trouble: error.trouble, failure: {}, attempts: 0 };
  if (error instanceof UnsentError) return { kind: "unsent", failure: {}, attempts: 0 };
  if (isConnectionError(error)) {
    const failure = { error_message: error.message };
    return {
      kind: "unclear",
      isInDoubt: error.execution !== "no",
      isUnknownCode: false,
      failure,
      attempts: error.attempts,
    };
  }
  if (isArgumentError(error)) {
    return { kind: "refused", outcome: "invalid", failure: { error_message: error.message }, attempts: 0 };
  }
  if (!isApiError(error)) throw error;
  const common = { failure: failureOf(error), attempts: error.attempts };
  const answered = { reason: answerOf(error), ...sourceOf(error) };
  if (error.errorClass === "unauthenticated")
    return { kind: "trouble", trouble: { kind: "credentials", ...answered }, ...common };
  if (error.errorClass === "throttled")
    return { kind: "trouble", trouble: { kind: "slow-down", ...answered }, ...common };
  if (isOfGatewayAlone(error)) return { kind: "trouble", trouble: { kind: "permission", ...answered }, ...common };
  const outcome = REFUSALS[error.errorClass];
  if (outcome && error.execution === "no") return { kind: "refused", outcome, ...common };
  return {
    kind: "unclear",
    isInDoubt: error.execution !== "no",
    isUnknownCode: error.errorClass === "unknown" && error.httpStatus < 500 && isOfService(error),
    ...common,
  };
}

function judgeTurnedAway({ refusal, ground, endpoint, isForBatch }: TurnedAwayError): Verdict {
  if (!isApiError(refusal)) throw refusal;
  const common = { failure: failureOf(refusal), attempts: refusal.attempts };
  if (!isForBatch) return { kind: "held", ...common };
  const reason =
    ground === "endpoint"
      ? `there is no such API at ${endpoint} (${answerOf(refusal)})`
      : `every ticket was refused so far (${answerOf(refusal)})`;
  const kind = ground === "endpoint" ? "endpoint" : "permission";
  return { kind: "trouble", trouble: { kind, reason, ...sourceOf(refusal) }, ...common };
}

/** Whoever gives out tokens is down, or refuses us: one answer proves that it is no ticket's fault. */
function judgeSignIn(error: unknown): Verdict {
  const none = { failure: {}, attempts: 0 };
  if (isConnectionError(error)) {
    return { kind: "trouble", trouble: { kind: "unavailable", reason: `no token: ${error.message}` }, ...none };
  }
  if (!isApiError(error)) throw error;
  const kinds: Partial<Record<ErrorClass, Trouble["kind"]>> = {
    unauthenticated: "credentials",
    throttled: "slow-down",
  };
  const kind = kinds[error.errorClass] ?? "unavailable";
  return { kind: "trouble", trouble: { kind, reason: `no token: ${error.message}`, ...sourceOf(error) }, ...none };
}

function failureOf(error: ApiError): CallFailure {
  return {
    http_status: error.httpStatus,
    error_message: error.apiMessage ?? error.message,
    ...(error.code !== undefined && { error_code: error.code }),
    ...(error.requestId !== undefined && { request_id: error.requestId }),
  };
}

/** What was answered, in a line. */
function answerOf({ code, httpStatus, apiMessage, message }: ApiError): string {
  return `${code ?? "no code"}, HTTP ${httpStatus}: ${apiMessage ?? message}`;
}

const sourceOf = ({ code, httpStatus }: ApiError): Pick<Trouble, "code" | "httpStatus"> => ({
  httpStatus,
  ...(code !== undefined && { code }),
});
