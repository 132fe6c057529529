import type { ErrorClass, Execution } from "./failure.ts";
import { isOsmError, OsmError, type Phase, type WasSent } from "./osm-error.ts";
import type { ResponseHeaders } from "./transport.ts";

export interface ApiErrorFacts {
  readonly operation: string;
  readonly ticketId?: string | undefined;
  readonly httpStatus: number;
  readonly errorClass: ErrorClass;
  readonly execution: Execution;
  readonly attempts: number;
  readonly code?: string | undefined;
  readonly apiMessage?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly headers?: ResponseHeaders | undefined;
  readonly bodyExcerpt?: string | undefined;
  /** The reason in words, if the response itself has no error message. */
  readonly remark?: string | undefined;
  /** Default `request`. */
  readonly phase?: Phase;
  /** Default `yes`: there was a response. */
  readonly wasSent?: WasSent;
}

/**
 * The response was not a success. This includes responses with HTTP 200 that contain an error code. The message has
 * operation, ticket, status, code and request id, and never a header or a credential.
 */
export class ApiError extends OsmError {
  override readonly name = "ApiError";
  /** For example `list associations of case-123`, as in hooks and logs. */
  declare readonly operation: string;
  /** The ticket of the path; undefined if a sign-in failed. */
  declare readonly ticketId: string | undefined;
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
  /** The headers of the response, without cookies, tokens and other credentials. */
  declare readonly headers: ResponseHeaders | undefined;
  /**
   * The first 500 characters of a body that is not what the API documents, such as a proxy's page: without credentials, and
   * with control characters escaped. Undefined if the body is as documented, or empty. It is not in the message.
   */
  declare readonly bodyExcerpt: string | undefined;

  constructor({ remark, headers, ...facts }: ApiErrorFacts) {
    // IAM repeats the HTTP status as its code.
    const code = facts.code === String(facts.httpStatus) ? undefined : facts.code;
    const words = [code, facts.apiMessage, remark, facts.requestId && `(request ${facts.requestId})`];
    const message = [`${facts.operation}: HTTP ${facts.httpStatus}`, ...words].filter(Boolean).join(" ");
    super(message, { wasSent: "yes", ...facts });
    // Not enumerable: printed errors would show its function.
    Object.defineProperty(this, "headers", { value: headers });
  }
}

/** True also for an error of another copy of this package, for which `instanceof` is false. */
export function isApiError(value: unknown): value is ApiError {
  return isOsmError(value) && value.name === "ApiError";
}
