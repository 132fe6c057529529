import type { ErrorClass, Execution } from "./failure.ts";

const BRAND = Symbol.for("@caselink/sdk/ApiError");

export interface ApiErrorFacts {
  /** What was asked, for the message: method and path. */
  readonly operation: string;
  readonly httpStatus: number;
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
  readonly attempts: number;
  readonly code?: string | undefined;
  readonly apiMessage?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** What was wrong with an answer that says nothing itself. */
  readonly remark?: string | undefined;
}

/**
 * The server answered, and the answer was not a success. This includes answers with HTTP 200 that carry an error code.
 * Its message names method, path, status, code and request id, and never a header or a credential.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly errorClass: ErrorClass;
  readonly httpStatus: number;
  /** Whether a write was executed all the same. */
  readonly execution: Execution;
  /** Requests that were made for this call, this one included. */
  readonly attempts: number;
  /** The vendor's code, such as `OSM.01010043` or `APIGW.0308`; absent when the body held none. */
  readonly code: string | undefined;
  /** The vendor's own words, without credentials. */
  readonly apiMessage: string | undefined;
  /** The one thing that the vendor's support asks for. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait, in milliseconds, from `Retry-After` or the window in the gateway's message. */
  readonly retryAfterMs: number | undefined;

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }

  constructor(facts: ApiErrorFacts) {
    // IAM repeats the HTTP status as its code.
    const code = facts.code === String(facts.httpStatus) ? undefined : facts.code;
    const words = [code, facts.apiMessage, facts.remark].filter((word) => word !== undefined).join(" ");
    const request = facts.requestId === undefined ? "" : ` (request ${facts.requestId})`;
    super(`${facts.operation}: HTTP ${facts.httpStatus}${words === "" ? "" : ` ${words}`}${request}`);
    this.errorClass = facts.errorClass;
    this.httpStatus = facts.httpStatus;
    this.execution = facts.execution;
    this.attempts = facts.attempts;
    this.code = facts.code;
    this.apiMessage = facts.apiMessage;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Holds across two copies of this package, where `instanceof` does not. */
export function isApiError(value: unknown): value is ApiError {
  return typeof value === "object" && value !== null && BRAND in value;
}
