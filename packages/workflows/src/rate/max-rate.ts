/** How late a request may be without delaying the next ones, in milliseconds: timers fire late. */
const CATCH_UP_MS = 20;
/** Starts that are remembered at most. Of a higher rate a part of a second is counted. */
const MOST_REMEMBERED = 1_000;

/** A batch's own maximum: requests are spread evenly, and no second has more than that. */
export class MaxRate {
  readonly rate: number;
  /** The last starts, in a ring. */
  readonly #starts: Float64Array;
  readonly #windowMs: number;
  #oldest = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** @param rate requests per second */
  constructor(rate: number) {
    this.rate = rate;
    this.#starts = new Float64Array(Math.min(Math.ceil(rate), MOST_REMEMBERED)).fill(Number.NEGATIVE_INFINITY);
    this.#windowMs = (this.#starts.length / rate) * 1_000;
  }

  /** When the next request may start, on the clock of {@link recordStart}. */
  get dueAt(): number {
    return Math.max(this.#nextAt, (this.#starts[this.#oldest] ?? 0) + this.#windowMs);
  }

  recordStart(now: number): void {
    this.#starts[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#starts.length;
    this.#nextAt = Math.max(this.#nextAt, now - CATCH_UP_MS) + 1_000 / this.rate;
  }
}
