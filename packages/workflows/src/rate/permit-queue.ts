import type { ApiOperation, RateLimiter } from "@caselink/sdk";

/** More permits than a rate limiter gives out within a millisecond. */
const MAX_REQUESTED = 32;

/**
 * Acquires as many permits of a rate limiter for one operation as requests wait, up to a bound. The request that uses a
 * permit is chosen when the permit is given out. Permits that are acquired one by one would each cost a timer of a millisecond.
 */
export class PermitQueue {
  readonly #limiter: Pick<RateLimiter, "acquire">;
  readonly #admitNext: () => void;
  readonly #rejectAll: (reason: unknown) => void;
  readonly #operation: ApiOperation | undefined;
  #waiting = 0;
  /** Permits that were requested and not given out yet. */
  #requested = 0;

  /**
   * @param admitNext starts one of the waiting requests, and calls `leave` for it; there may be none left
   * @param rejectAll rejects all waiting requests, and calls `leave` for each: the limiter gives out no permit
   */
  constructor(
    limiter: Pick<RateLimiter, "acquire">,
    admitNext: () => void,
    rejectAll: (reason: unknown) => void,
    operation?: ApiOperation,
  ) {
    this.#limiter = limiter;
    this.#admitNext = admitNext;
    this.#rejectAll = rejectAll;
    this.#operation = operation;
  }

  /** No request waits. */
  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  join(): void {
    this.#waiting++;
    this.#requestPermits();
  }

  leave(): void {
    this.#waiting--;
  }

  #requestPermits(): void {
    while (this.#requested < Math.min(this.#waiting, MAX_REQUESTED)) {
      this.#requested++;
      void this.#requestPermit();
    }
  }

  async #requestPermit(): Promise<void> {
    try {
      await this.#limiter.acquire(undefined, this.#operation);
      this.#requested--;
      this.#admitNext();
    } catch (error) {
      this.#requested--;
      this.#rejectAll(error);
    }
    this.#requestPermits();
  }
}
