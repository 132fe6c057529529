import type { ErrorClass, Execution } from "./failure.ts";
import { isOsmError, OsmError, type Phase, type WasSent } from "./osm-error.ts";

export interface ApiErrorFacts {
  /** Method and path, for the message. */
  readonly operation: string;
  readonly httpStatus: number;
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
  readonly attempts: number;
  readonly code?: string | undefined;
  readonly apiMessage?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The reason in words, if the response itself has no error message. */
  readonly remark?: string | undefined;
  /** Default `request`. */
  readonly phase?: Phase;
  /** Default `yes`: there was a response. */
  readonly wasSent?: WasSent;
}

/**
 * The response was not a success. This includes responses with HTTP 200 that contain an error code. The message has method,
 * path, status, code and request id, and never a header or a credential.
 */
export class ApiError extends OsmError {
  override readonly name = "ApiError";
  declare readonly errorClass: ErrorClass;
  declare readonly httpStatus: number;
  /** The vendor's code, such as `OSM.01010043` or `APIGW.0308`; absent if the body has none. */
  declare readonly code: string | undefined;
  /** The vendor's message, without credentials. */
  declare readonly apiMessage: string | undefined;
  /** The id that the vendor's support asks for. */
  declare readonly requestId: string | undefined;
  /** The wait that the server asks for, in milliseconds, from `Retry-After` or the window in the gateway's message. */
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
