/**
 * What a request that waits for the batch's own maximum is for, the most urgent first.
 *
 * - `look`: to find out what a write came to; it waits whatever the turn does
 * - `write`: for a ticket that was read
 * - `begin`: the first look at a ticket
 */
export type RequestPriority = "resolve" | "write" | "start";

export const PRIORITIES: readonly RequestPriority[] = ["resolve", "write", "start"];

/** When a request that was not sent yet waits no longer. */
export interface TurnSignals {
  /** Aborted when the turn is over; a look waits on, and the one write that is next. */
  over: AbortSignal;
  /** Aborted when the turn is to end at once. */
  stop: AbortSignal;
}

/** A batch's own maximum of requests a second, over all chunks of it that a process works. */
export interface BatchRateLimit {
  /** Waits for it; undefined where there is none. Rejects where signals has an end. */
  acquire(priority: RequestPriority, signals: TurnSignals): Promise<void> | undefined;
  /** Makes a call that has waited: its first request does not wait for the batch's maximum again. */
  withPermit<Result>(call: () => Result): Result;
  /** There is a maximum. */
  readonly isLimited: boolean;
  /** The batch may have one ticket more in hand, beside those that its maximum has room for in the next seconds. */
  readonly hasRoom: boolean;
  /** Takes one ticket more in hand, or puts one out of it. */
  hold(tickets: 1 | -1): void;
}
