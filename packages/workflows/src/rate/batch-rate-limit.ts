/**
 * The purpose of a request that waits for the batch's own maximum, the most urgent first.
 *
 * - `resolve`: finds out whether a write was executed; it waits until the turn is stopped
 * - `write`: for a ticket that was read
 * - `start`: the first read of a ticket
 */
export type RequestPriority = "resolve" | "write" | "start";

export const PRIORITIES: readonly RequestPriority[] = ["resolve", "write", "start"];

/** The signals that end the wait of a request that was not sent yet. */
export interface TurnSignals {
  /** Aborted when the turn is over. A read of an ambiguous write continues to wait, and so does the write that is next. */
  over: AbortSignal;
  /** Aborted when the turn has to end immediately. */
  stop: AbortSignal;
}

/** A batch's own maximum of requests per second, over all its chunks that a process works. */
export interface BatchRateLimit {
  /** Waits for a permit; undefined if there is no maximum. Rejects if a signal ends the wait. */
  acquire(priority: RequestPriority, signals: TurnSignals): Promise<void> | undefined;
  /** Makes a call that has a permit: its first request does not wait for the batch's maximum again. */
  withPermit<Result>(call: () => Result): Result;
  /** There is a maximum. */
  readonly isLimited: boolean;
  /** One more ticket may be in progress: the maximum allows its requests within the next seconds. */
  readonly hasRoom: boolean;
  ticketStarted(): void;
  ticketFinished(): void;
}
