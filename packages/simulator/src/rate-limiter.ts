const WINDOW_MS = 1_000;

/** Accepts at most `perSecond` requests within any second. */
export class RateLimiter {
  readonly perSecond: number;
  /** The times of the last `perSecond` accepted requests; the oldest is at `#oldest`. */
  readonly #acceptedAt: Float64Array;
  #oldest = 0;

  /** @param previous Its recent requests count here, too, so that a new limit does not start with a burst. */
  constructor(perSecond: number, previous?: RateLimiter) {
    this.perSecond = perSecond;
    this.#acceptedAt = new Float64Array(perSecond).fill(Number.NEGATIVE_INFINITY);
    for (const atMs of previous?.acceptances().slice(-perSecond) ?? []) this.#accept(atMs);
  }

  tryAccept(nowMs: number): boolean {
    const oldestMs = this.#acceptedAt[this.#oldest] ?? Number.NEGATIVE_INFINITY;
    if (nowMs - oldestMs < WINDOW_MS) return false;
    this.#accept(nowMs);
    return true;
  }

  /** Oldest first. */
  acceptances(): number[] {
    return [...this.#acceptedAt.subarray(this.#oldest), ...this.#acceptedAt.subarray(0, this.#oldest)];
  }

  #accept(atMs: number): void {
    this.#acceptedAt[this.#oldest] = atMs;
    this.#oldest = (this.#oldest + 1) % this.perSecond;
  }
}
