/**
 * The time by which a batch decides, in milliseconds since 1970 on Temporal's clock: that of the last report, timer,
 * response or operator's action.
 *
 * `Date.now()` of workflow code is the start of the workflow task. It can differ between a run and its replay: two tasks that a
 * worker has handled as one (temporalio/sdk-rust#1146), or a task that timed out and was given to the next worker. If a batch then
 * decided in another way, its history could not be replayed.
 */
export class BatchClock {
  #now: number | undefined;

  /** @param startedAt undefined: the time is always `Date.now()`, as in runs that 0.1.0 started */
  constructor(startedAt: number | undefined) {
    this.#now = startedAt;
  }

  get now(): number {
    return this.#now ?? Date.now();
  }

  /** It never goes back. Returns the time. @param to default: the start of the workflow task, for what has no time of its own */
  advance(to: number = Date.now()): number {
    if (this.#now !== undefined) this.#now = Math.max(this.#now, to);
    return this.now;
  }
}
