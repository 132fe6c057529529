import type { Fault } from "./fault.ts";
import type { Operation } from "./operation.ts";

/**
 * How a request ended.
 * - `answered`: with an answer, whatever it says
 * - `reset`: connection reset, nothing was written
 * - `lost`: connection reset after the write
 * - `hang`: never answered
 * - `aborted`: the caller went away before the answer
 */
export type Ending = "answered" | "reset" | "lost" | "hang" | "aborted";

/** One request, and what came of it. */
export interface JournalEntry {
  /** 1 for the first request since the start or the last reset; also in `X-Request-Id`, as `simulator-<n>`. */
  readonly n: number;
  /** When it had arrived, in ms since the epoch. */
  readonly at: number;
  /** "unknown" for a request that the API does not have; `path` says which. */
  readonly operation: Operation | "unknown";
  /** Undefined for the token call and for unknown requests. */
  readonly ticket: string | undefined;
  /** What a create or a delete named, as far as it could be read. */
  readonly relatedIds: readonly string[];
  /** Method and path, for an unknown request. */
  readonly path?: string;
  /** "pending" while the request is worked on. */
  readonly ending: Ending | "pending";
  /** Undefined unless answered. */
  readonly status: number | undefined;
  /** The vendor's error code in the answer. */
  readonly code: string | undefined;
  /** What went wrong on purpose. */
  readonly fault: Fault | "outage" | "rateLimit" | undefined;
  /** Whether the write was done, also one that changed nothing. A refused write was not done. */
  readonly applied: boolean;
  /** Related tickets that this request associated; not those that were associated already. */
  readonly written: readonly string[];
  /** Related tickets that this request disassociated. */
  readonly removed: readonly string[];
}

/** A journal entry while its request is worked on. */
export type OpenEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] };
