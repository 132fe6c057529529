/** A gateway counts the requests of each API. */
export type ApiOperation = "list" | "create" | "delete";

/** The feedback of a response about the rate limit. */
export interface RateLimitFeedback {
  readonly httpStatus: number;
  /** The API that was called. */
  readonly operation?: ApiOperation | undefined;
  /** The server rejected the request for its rate limit; default: the status is 429. */
  readonly isThrottled?: boolean | undefined;
  /** The wait that the server asks all clients for, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The limit that the rejection names. */
  readonly limit?: NamedLimit | undefined;
  /** From sending the request to its response, in milliseconds; default 0. */
  readonly elapsedMs?: number | undefined;
}

/** The server accepts `requests` requests within any window of `windowMs`. */
export interface NamedLimit {
  readonly requests: number;
  readonly windowMs: number;
  /** Whose requests are counted: everybody's (`api`), a user's or a source address's; absent: not named. */
  readonly scope?: "api" | "user" | "ip" | undefined;
}

/** The rate of an operation now. */
export interface RateReading {
  /** Undefined: requests for which no operation was named. */
  readonly operation: ApiOperation | undefined;
  /** `operation`: the server counts this operation alone. `shared`: it counts all operations together. */
  readonly scope: "operation" | "shared";
  /** Requests per second that the limiter aims at, in this scope. */
  readonly rate: number;
  /** The time until the next request may start, in milliseconds; 0: now. */
  readonly waitMs: number;
}

/** The server rejected the request for its rate limit. */
export const isThrottled = ({ isThrottled: is, httpStatus }: RateLimitFeedback): boolean => is ?? httpStatus === 429;
