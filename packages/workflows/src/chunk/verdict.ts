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
 * - `unclear`: it may pass. `isAmbiguous` says whether a write may have been executed. `isUnknownCode`: the API answered
 *   with a code that no document names.
 */
export type Verdict = { failure: CallFailure; attempts: number } & (
  | { kind: "rejected"; outcome: Outcome }
  | { kind: "wait"; waitReason: Trouble }
  | { kind: "undetermined" }
  | { kind: "unsent" }
  | { kind: "retryable"; isAmbiguous: boolean; isUnknownCode: boolean }
);

const REJECTION_OUTCOMES: Partial<Record<ErrorClass, Outcome>> = {
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
export type RejectionSource = "service" | "gateway" | "endpoint";

/** `answered`: refused, and not for such a source. `none`: it tells nothing. */
export function rejectionSourceOf(error: unknown): RejectionSource | "responded" | "none" {
  if (!isApiError(error) || error.execution !== "no" || isSignInFailure(error)) return "none";
  if (isGatewayRejection(error)) return "none";
  if (error.errorClass === "forbidden") return isOfService(error) ? "service" : "gateway";
  if (error.errorClass === "unknown") return isOfService(error) ? "responded" : "endpoint";
  return REJECTION_OUTCOMES[error.errorClass] ? "responded" : "none";
}

/** The gateway's own code says that the caller may not use the API at all: one answer proves it. */
function isGatewayRejection({ errorClass, code }: ApiError): boolean {
  return errorClass === "forbidden" && code !== undefined && GATEWAY_CODE.test(code);
}

/** Source: "API Signing Guide", error codes; pages write the prefix in both ways. */
const GATEWAY_CODE = /^APIGW?\./;

/** A code of the gateway, or none, is not the service's word on a ticket; nor is HTTP 404, which it never answers. */
function isOfService({ code, httpStatus }: ApiError): boolean {
  return code !== undefined && !GATEWAY_CODE.test(code) && httpStatus !== 404 && httpStatus !== 405;
}

/** A rejection that is meant for the whole batch, or may be: no row gets an outcome by it. */
export class UnscopedRejectionError extends Error {
  override readonly name = "TurnedAwayError";
  readonly rejection: unknown;
  readonly source: RejectionSource;
  readonly endpoint: string;
  readonly isForBatch: boolean;

  constructor(rejection: unknown, source: RejectionSource, endpoint: string, isForBatch: boolean) {
    super("the API turned it away", { cause: rejection });
    this.rejection = rejection;
    this.source = source;
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
export class CredentialsRejectedError extends Error {
  override readonly name = "RefusedElsewhereError";
  readonly waitReason: Trouble;

  constructor(waitReason: Trouble) {
    super(waitReason.reason);
    this.waitReason = waitReason;
  }
}

/** True if no credential could be obtained: the API received no request. A call that was aborted proves nothing. */
export function isSignInFailure(error: unknown): boolean {
  return isOsmError(error) && error.phase === "sign-in" && !(isConnectionError(error) && error.kind === "aborted");
}

/** The only place that turns an SDK error into what happens to a row. Throws what is not an SDK error: that is a bug. */
export function classifyError(error: unknown): Verdict {
  if (error instanceof UnscopedRejectionError) return classifyUnscopedRejection(error);
  if (isSignInFailure(error)) return classifySignInFailure(error);
  if (error instanceof CredentialsRejectedError)
    return { kind: "wait", waitReason: error.waitReason, failure: {}, attempts: 0 };
  if (error instanceof UnsentError) return { kind: "unsent", failure: {}, attempts: 0 };
  if (isConnectionError(error)) {
    const failure = { error_message: error.message };
    return {
      kind: "retryable",
      isAmbiguous: error.execution !== "no",
      isUnknownCode: false,
      failure,
      attempts: error.attempts,
    };
  }
  if (isArgumentError(error)) {
    return { kind: "rejected", outcome: "invalid", failure: { error_message: error.message }, attempts: 0 };
  }
  if (!isApiError(error)) throw error;
  const common = { failure: failureOf(error), attempts: error.attempts };
  const answered = { reason: describeResponse(error), ...responseFacts(error) };
  if (error.errorClass === "unauthenticated")
    return { kind: "wait", waitReason: { kind: "credentials", ...answered }, ...common };
  if (error.errorClass === "throttled")
    return { kind: "wait", waitReason: { kind: "slow-down", ...answered }, ...common };
  if (isGatewayRejection(error)) return { kind: "wait", waitReason: { kind: "permission", ...answered }, ...common };
  const outcome = REJECTION_OUTCOMES[error.errorClass];
  if (outcome && error.execution === "no") return { kind: "rejected", outcome, ...common };
  return {
    kind: "retryable",
    isAmbiguous: error.execution !== "no",
    isUnknownCode: error.errorClass === "unknown" && error.httpStatus < 500 && isOfService(error),
    ...common,
  };
}

function classifyUnscopedRejection({ rejection, source, endpoint, isForBatch }: UnscopedRejectionError): Verdict {
  if (!isApiError(rejection)) throw rejection;
  const common = { failure: failureOf(rejection), attempts: rejection.attempts };
  if (!isForBatch) return { kind: "undetermined", ...common };
  const reason =
    source === "endpoint"
      ? `there is no such API at ${endpoint} (${describeResponse(rejection)})`
      : `every ticket was refused so far (${describeResponse(rejection)})`;
  const kind = source === "endpoint" ? "endpoint" : "permission";
  return { kind: "wait", waitReason: { kind, reason, ...responseFacts(rejection) }, ...common };
}

/** Whoever gives out tokens is down, or refuses us: one answer proves that it is no ticket's fault. */
function classifySignInFailure(error: unknown): Verdict {
  const none = { failure: {}, attempts: 0 };
  if (isConnectionError(error)) {
    return { kind: "wait", waitReason: { kind: "unavailable", reason: `no token: ${error.message}` }, ...none };
  }
  if (!isApiError(error)) throw error;
  const kinds: Partial<Record<ErrorClass, Trouble["kind"]>> = {
    unauthenticated: "credentials",
    throttled: "slow-down",
  };
  const kind = kinds[error.errorClass] ?? "unavailable";
  return { kind: "wait", waitReason: { kind, reason: `no token: ${error.message}`, ...responseFacts(error) }, ...none };
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
function describeResponse({ code, httpStatus, apiMessage, message }: ApiError): string {
  return `${code ?? "no code"}, HTTP ${httpStatus}: ${apiMessage ?? message}`;
}

const responseFacts = ({ code, httpStatus }: ApiError): Pick<Trouble, "code" | "httpStatus"> => ({
  httpStatus,
  ...(code !== undefined && { code }),
});
