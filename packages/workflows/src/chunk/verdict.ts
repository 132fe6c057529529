import {
  LongWaitError,
  isApiError,
  isArgumentError,
  isConnectionError,
  isOsmError,
  type ApiError,
  type CallFacts,
  type ErrorClass,
} from "@caselink/sdk";
import type { Outcome, RowResult } from "@caselink/ledger";
import type { WaitReason } from "../workflow/contracts.ts";
import { withoutIds } from "./request-ids.ts";

/** The facts of a failed call in a report. They contain no secret. */
export type CallFailure = Pick<RowResult, "error_code" | "error_message" | "http_status" | "request_id">;

/** The facts of a call in a report, whatever its result. */
export type CallRecord = CallFailure & Pick<RowResult, "elapsed_ms" | "confirmed">;

/** The facts of a call that succeeded. */
export function factsOf({ httpStatus, requestId, elapsedMs }: CallFacts): CallRecord {
  return {
    http_status: httpStatus,
    ...(requestId !== undefined && { request_id: requestId }),
    ...(elapsedMs !== undefined && { elapsed_ms: Math.round(elapsedMs * 10) / 10 }),
  };
}

/**
 * The consequence of a failed call for its rows.
 *
 * - `rejected`: the API said no, certainly without executing the call; a retry would not change it.
 * - `wait`: not the rows' fault, and certainly not executed; the rows wait.
 * - `undetermined`: rejected without being executed, and it is unknown whether the rejection concerns the rows; they wait.
 * - `unsent`: the turn ended before a request was sent; it proves nothing.
 * - `retryable`: a temporary failure. `isAmbiguous`: a write may have been executed. `isUnknownCode`: the response has a
 *   code that no document names.
 */
export type Verdict = { failure: CallFailure; attempts: number } & (
  | { kind: "rejected"; outcome: Outcome }
  | { kind: "wait"; waitReason: WaitReason }
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
 * The source of a rejection that may concern every ticket.
 *
 * - `service`: the service denies permission, for the ticket or for everything
 * - `gateway`: a gateway before the service denies it
 * - `endpoint`: there is no such API at this address
 */
export type RejectionSource = "service" | "gateway" | "endpoint";

/** `responded`: rejected because of the ticket itself. `none`: it proves nothing. */
export function rejectionSourceOf(error: unknown): RejectionSource | "responded" | "none" {
  if (!isApiError(error) || error.execution !== "no" || isSignInFailure(error)) return "none";
  if (isGatewayRejection(error)) return "none";
  if (error.errorClass === "forbidden") return isOfService(error) ? "service" : "gateway";
  if (error.errorClass === "unknown") return isOfService(error) ? "responded" : "endpoint";
  return REJECTION_OUTCOMES[error.errorClass] ? "responded" : "none";
}

/** The gateway's own code says that the caller may not use the API at all: one response proves it. */
function isGatewayRejection({ errorClass, code }: ApiError): boolean {
  return errorClass === "forbidden" && code !== undefined && GATEWAY_CODE.test(code);
}

/** Source: "API Signing Guide", error codes. The pages write the prefix in both ways. */
const GATEWAY_CODE = /^APIGW?\./;

/** The service itself sends neither a gateway's code, nor a response without a code, nor HTTP 404 or 405. */
function isOfService({ code, httpStatus }: ApiError): boolean {
  return code !== undefined && !GATEWAY_CODE.test(code) && httpStatus !== 404 && httpStatus !== 405;
}

/** A rejection that concerns, or may concern, the whole batch: no row gets an outcome from it. */
export class UnscopedRejectionError extends Error {
  override readonly name = "UnscopedRejectionError";
  readonly rejection: ApiError;
  /** Why the batch waits if it concerns the batch. */
  readonly waitReason: WaitReason;
  readonly isForBatch: boolean;

  constructor(rejection: ApiError, waitReason: WaitReason, isForBatch: boolean) {
    super("the API rejected a request, perhaps for the whole batch", { cause: rejection });
    this.rejection = rejection;
    this.waitReason = waitReason;
    this.isForBatch = isForBatch;
  }
}

/** Nothing was sent: the time for it is over, or other requests of the process have shown that it would be in vain. */
export class UnsentError extends Error {
  override readonly name = "UnsentError";
  /** A transport states in this way that it certainly sent nothing. */
  readonly wasSent = "no";
  /** Why it would be in vain. */
  readonly waitReason: WaitReason | undefined;

  constructor(waitReason?: WaitReason) {
    super(waitReason?.reason ?? "its time ran out before it was sent");
    this.waitReason = waitReason;
  }
}

/** True if no credential could be obtained: the API received no request. A call that was aborted proves nothing. */
export function isSignInFailure(error: unknown): boolean {
  return isOsmError(error) && error.phase === "sign-in" && !(isConnectionError(error) && error.kind === "aborted");
}

/** The only function that turns an SDK error into a verdict. Throws any other error: it is a bug. */
export function classifyError(error: unknown): Verdict {
  if (error instanceof UnscopedRejectionError) return classifyUnscopedRejection(error);
  if (isSignInFailure(error)) return classifySignInFailure(error);
  if (error instanceof UnsentError) {
    const { waitReason, message } = error;
    if (!waitReason) return { kind: "unsent", failure: {}, attempts: 0 };
    return { kind: "wait", waitReason, failure: { error_message: message }, attempts: 0 };
  }
  if (error instanceof LongWaitError)
    return { kind: "wait", waitReason: slowDown(withoutIds(error.message, error), error), failure: {}, attempts: 0 };
  if (isConnectionError(error)) {
    const failure = { error_message: error.message };
    if (error.kind === "throttled")
      return {
        kind: "wait",
        waitReason: slowDown(withoutIds(error.message, error), error),
        failure: {},
        attempts: error.attempts,
      };
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
  const reported = { reason: describeResponse(error), ...responseFacts(error) };
  if (error.errorClass === "unauthenticated")
    return { kind: "wait", waitReason: { kind: "credentials", ...reported }, ...common };
  if (error.errorClass === "throttled")
    return { kind: "wait", waitReason: { ...slowDown(reported.reason, error), ...responseFacts(error) }, ...common };
  if (isGatewayRejection(error)) return { kind: "wait", waitReason: { kind: "permission", ...reported }, ...common };
  const outcome = REJECTION_OUTCOMES[error.errorClass];
  if (outcome && error.execution === "no") return { kind: "rejected", outcome, ...common };
  return {
    kind: "retryable",
    isAmbiguous: error.execution !== "no",
    isUnknownCode: error.errorClass === "unknown" && error.httpStatus < 500 && isOfService(error),
    ...common,
  };
}

/** A shorter wait is the rate limiter's. */
const LONG_WAIT_MS = 60_000;

function slowDown(reason: string, { retryAfterMs = 0 }: { retryAfterMs?: number | undefined }): WaitReason {
  return { kind: "slow-down", reason, ...(retryAfterMs > LONG_WAIT_MS && { retryAfterMs }) };
}

function classifyUnscopedRejection({ rejection, waitReason, isForBatch }: UnscopedRejectionError): Verdict {
  const common = { failure: failureOf(rejection), attempts: rejection.attempts };
  return isForBatch ? { kind: "wait", waitReason, ...common } : { kind: "undetermined", ...common };
}

/** Why a batch waits if the rejection concerns all its tickets. @param rejection its kind, with the source */
export function reasonOfRejection<Kind extends string>(
  error: ApiError,
  rejection: Kind,
  endpoint: string,
): WaitReason & { rejection: Kind } {
  const response = `(${describeResponse(error)})`;
  const reason = rejection.endsWith("endpoint")
    ? { kind: "endpoint" as const, reason: `there is no such API at ${endpoint} ${response}` }
    : { kind: "permission" as const, reason: `every ticket was rejected so far ${response}` };
  return { ...reason, rejection, ...responseFacts(error) };
}

/** The token service is down, or rejects the credentials: one response proves that no ticket is at fault. */
function classifySignInFailure(error: unknown): Verdict {
  const none = { failure: {}, attempts: 0 };
  if (isConnectionError(error)) {
    return {
      kind: "wait",
      waitReason: { kind: "unavailable", reason: `no token: ${withoutIds(error.message, error)}` },
      ...none,
    };
  }
  if (!isApiError(error)) throw error;
  const kinds: Partial<Record<ErrorClass, WaitReason["kind"]>> = {
    unauthenticated: "credentials",
    throttled: "slow-down",
  };
  const kind = kinds[error.errorClass] ?? "unavailable";
  return {
    kind: "wait",
    waitReason: { kind, reason: `no token: ${withoutIds(error.message, error)}`, ...responseFacts(error) },
    ...none,
  };
}

function failureOf(error: ApiError): CallFailure {
  return {
    http_status: error.httpStatus,
    error_message: error.apiMessage ?? error.message,
    ...(error.code !== undefined && { error_code: error.code }),
    ...(error.requestId !== undefined && { request_id: error.requestId }),
  };
}

/** The response in one line, for the reason of a wait, which Temporal stores. */
function describeResponse(error: ApiError): string {
  const { code, httpStatus, apiMessage, message } = error;
  return `${code ?? "no code"}, HTTP ${httpStatus}: ${withoutIds(apiMessage ?? message, error)}`;
}

const responseFacts = ({ code, httpStatus }: ApiError): Pick<WaitReason, "code" | "httpStatus"> => ({
  httpStatus,
  ...(code !== undefined && { code }),
});
