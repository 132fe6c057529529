import type { ApiError } from "./api-error.ts";
import type { AuthenticationRequest } from "./authentication.ts";
import type { ConnectionError } from "./connection-error.ts";
import type { ResponseHeaders } from "./transport.ts";

/** Looks at, or adds to, what goes out and comes in. What a hook throws fails the call. */
export interface Hooks {
  /** Before a request gets its credential and is sent; may set headers. Called anew for each attempt. */
  beforeRequest?(request: AuthenticationRequest): Promise<void> | void;
  /** After an attempt, whatever came of it. */
  afterResponse?(report: AttemptReport): Promise<void> | void;
}

/** What came of one attempt. Holds no credential. */
export interface AttemptReport {
  /** Such as `list associations of case-123`. */
  readonly operation: string;
  /** 1 for a call's first. */
  readonly attempt: number;
  /** Undefined when no answer came. */
  readonly httpStatus: number | undefined;
  readonly headers: ResponseHeaders | undefined;
  /** From sending the request to the end of its answer, in milliseconds; undefined when no answer came. */
  readonly elapsedMs: number | undefined;
  /** Why the attempt was no success. */
  readonly error: ApiError | ConnectionError | undefined;
}
