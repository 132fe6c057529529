/** Accepts at most a number of requests within any window. */
export class SlidingWindow {
  readonly #windowMs: number;
  /** The times of the last accepted requests; the oldest is at `#oldest`. */
  readonly #acceptedAt: Float64Array;
  #oldest = 0;

  /** @param previous Its recent requests count here, too. */
  constructor(requests: number, windowMs: number, previous?: SlidingWindow) {
    this.#windowMs = windowMs;
    this.#acceptedAt = new Float64Array(requests).fill(Number.NEGATIVE_INFINITY);
    for (const atMs of previous?.acceptances().slice(-requests) ?? []) this.#accept(atMs);
  }

  tryAccept(nowMs: number): boolean {
    const oldestMs = this.#acceptedAt[this.#oldest] ?? Number.NEGATIVE_INFINITY;
    if (nowMs - oldestMs < this.#windowMs) return false;
    this.#accept(nowMs);
    return true;
  }

  /** Oldest first. */
  acceptances(): number[] {
    return [...this.#acceptedAt.subarray(this.#oldest), ...this.#acceptedAt.subarray(0, this.#oldest)];
  }

  #accept(atMs: number): void {
    this.#acceptedAt[this.#oldest] = atMs;
    this.#oldest = (this.#oldest + 1) % this.#acceptedAt.length;
  }
}
