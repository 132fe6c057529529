import type { ApiError } from "./api-error.ts";
import type { AuthenticationRequest } from "./authentication.ts";
import type { ConnectionError } from "./connection-error.ts";
import type { ResponseHeaders } from "./transport.ts";

/** Functions that see each request and its result. */
export interface Hooks {
  /** Called for each attempt before the request gets its credential and is sent. It may set headers. An error fails the call. */
  beforeRequest?(request: AuthenticationRequest): Promise<void> | void;
  /** Called after each attempt, whether it succeeded or failed. An error is ignored: the result of the attempt counts. */
  afterResponse?(report: AttemptReport): Promise<void> | void;
}

/** The result of one attempt. Contains no credential. */
export interface AttemptReport {
  /** For example `list associations of case-123`. */
  readonly operation: string;
  readonly ticketId: string;
  readonly method: "DELETE" | "GET" | "POST";
  /** Base URL of the API. */
  readonly endpoint: string;
  /** 1 for the first attempt of a call. */
  readonly attempt: number;
  /** When the attempt started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Undefined if there was no response. */
  readonly httpStatus: number | undefined;
  readonly headers: ResponseHeaders | undefined;
  /** From sending the request to the end of the response, in milliseconds; undefined if there was no response. */
  readonly elapsedMs: number | undefined;
  /** Why the attempt failed; undefined if it succeeded. */
  readonly error: ApiError | ConnectionError | undefined;
}
