import type { ErrorClass, Execution } from "./failure.ts";
import { isOsmError, OsmError, type Phase, type WasSent } from "./osm-error.ts";

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
  /** Default `request`. */
  readonly phase?: Phase;
  /** Default `yes`: there was a response. */
  readonly wasSent?: WasSent;
}

/**
 * The server answered, and the answer was not a success. This includes answers with HTTP 200 that carry an error code.
 * Its message names method, path, status, code and request id, and never a header or a credential.
 */
export class ApiError extends OsmError {
  override readonly name = "ApiError";
  declare readonly errorClass: ErrorClass;
  declare readonly httpStatus: number;
  /** The vendor's code, such as `OSM.01010043` or `APIGW.0308`; absent when the body held none. */
  declare readonly code: string | undefined;
  /** The vendor's own words, without credentials. */
  declare readonly apiMessage: string | undefined;
  /** The one thing that the vendor's support asks for. */
  declare readonly requestId: string | undefined;
  /** How long the server asks to wait, in milliseconds, from `Retry-After` or the window in the gateway's message. */
  declare readonly retryAfterMs: number | undefined;

  constructor({ operation, remark, ...facts }: ApiErrorFacts) {
    // IAM repeats the HTTP status as its code.
    const code = facts.code === String(facts.httpStatus) ? undefined : facts.code;
    const words = [code, facts.apiMessage, remark, facts.requestId && `(request ${facts.requestId})`];
    super([`${operation}: HTTP ${facts.httpStatus}`, ...words].filter(Boolean).join(" "), { wasSent: "yes", ...facts });
  }
}

/** True also for an error of another copy of this package, for which `instanceof` is false. */
export function isApiError(value: unknown): value is ApiError {
  return isOsmError(value) && value.name === "ApiError";
}
