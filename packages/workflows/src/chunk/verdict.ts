import { isApiError, isArgumentError, isConnectionError, type ErrorClass } from "@caselink/sdk";
import type { Outcome, RowResult } from "@caselink/ledger";
import type { Trouble } from "../contracts.ts";

/** What a report says of a failed call; no secret is in it. */
export type CallFailure = Pick<RowResult, "error_code" | "error_message" | "http_status" | "request_id">;

/**
 * What a failed call means for the rows it was made for.
 *
 * - `refused`: the API said no, surely without executing; asking again would change nothing.
 * - `trouble`: not the rows' fault and surely not executed; they wait.
 * - `unclear`: it may pass. `isInDoubt` says whether a write may have been executed. `isUnknownCode`: the API answered
 *   with a code that no document names.
 */
export type Verdict = { failure: CallFailure; attempts: number } & (
  | { kind: "refused"; outcome: Outcome }
  | { kind: "trouble"; trouble: Trouble }
  | { kind: "unclear"; isInDoubt: boolean; isUnknownCode: boolean }
);

const REFUSALS: Partial<Record<ErrorClass, Outcome>> = {
  limit: "limit_reached",
  "not-found": "not_found",
  forbidden: "forbidden",
  "self-association": "invalid",
  "invalid-parameter": "invalid",
};

/** The only place that turns an SDK error into what happens to a row. Throws what is not an SDK error: that is a bug. */
export function judge(error: unknown): Verdict {
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
  const failure: CallFailure = {
    http_status: error.httpStatus,
    error_message: error.apiMessage ?? error.message,
    ...(error.code !== undefined && { error_code: error.code }),
    ...(error.requestId !== undefined && { request_id: error.requestId }),
  };
  const common = { failure, attempts: error.attempts };
  const reason = `${error.code ?? "no code"}, HTTP ${error.httpStatus}: ${failure.error_message ?? ""}`;
  const answered = { reason, httpStatus: error.httpStatus, ...(error.code !== undefined && { code: error.code }) };
  if (error.errorClass === "unauthenticated")
    return { kind: "trouble", trouble: { kind: "credentials", ...answered }, ...common };
  if (error.errorClass === "throttled")
    return { kind: "trouble", trouble: { kind: "slow-down", ...answered }, ...common };
  const outcome = REFUSALS[error.errorClass];
  if (outcome && error.execution === "no") return { kind: "refused", outcome, ...common };
  return {
    kind: "unclear",
    isInDoubt: error.execution !== "no",
    isUnknownCode: error.errorClass === "unknown" && error.httpStatus < 500,
    ...common,
  };
}
