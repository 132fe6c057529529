import type { Fault } from "./fault.ts";
import type { Operation } from "./operation.ts";

/**
 * How a request ended.
 * - `answered`: with a response, of any status
 * - `reset`: connection reset, nothing was written
 * - `lost`: connection reset after the write
 * - `hang`: there is never a response
 * - `aborted`: the caller closed the connection before the response
 */
export type Ending = "answered" | "reset" | "lost" | "hang" | "aborted";

/** One request and its result. */
export interface JournalEntry {
  /** 1 for the first request since the start or the last reset; also in `X-Request-Id`, as `simulator-<n>`. */
  readonly n: number;
  /** Time of arrival, in ms since the epoch. */
  readonly at: number;
  /** "unknown" for an operation that the API does not have; `path` has its method and path. */
  readonly operation: Operation | "unknown";
  /** Undefined for the token call and for unknown requests. */
  readonly ticket: string | undefined;
  /** The related tickets that a create or a delete named, if its body could be read. */
  readonly relatedIds: readonly string[];
  /** Method and path, for an unknown request. */
  readonly path?: string;
  /** The value of `X-Site`, if the request has this header. */
  readonly site?: string;
  /** "pending" while the request is in progress. */
  readonly ending: Ending | "pending";
  /** Undefined without a response. */
  readonly status: number | undefined;
  /** The vendor's error code in the response. */
  readonly code: string | undefined;
  /** The injected fault. */
  readonly fault: Fault | "outage" | "rateLimit" | undefined;
  /** True if the write was done, even if it changed nothing. A rejected write was not done. */
  readonly applied: boolean;
  /** Related tickets that this request associated; not those that were associated already. */
  readonly written: readonly string[];
  /** Related tickets that this request disassociated. */
  readonly removed: readonly string[];
}

/** A journal entry while its request is in progress. */
export type OpenEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] };
