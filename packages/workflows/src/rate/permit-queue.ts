import type { Pace } from "@caselink/sdk";

/** More than a pace lets go within a millisecond. */
const MAX_REQUESTED = 32;

/**
 * Asks a pace for as many requests as wait, up to a bound. Whose each is, is decided when it may start. Asked for one by
 * one, each would cost a timer of a millisecond.
 */
export class PermitQueue {
  readonly #limiter: Pick<Pace, "acquire">;
  readonly #admitNext: () => void;
  #waiting = 0;
  /** Requests that the pace was asked for and has not let go yet. */
  #requested = 0;

  /** @param admitNext lets one of those who wait go, and calls `leave` for it; there may be none left */
  constructor(pace: Pick<Pace, "acquire">, admitNext: () => void) {
    this.#limiter = pace;
    this.#admitNext = admitNext;
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
    await this.#limiter.acquire();
    this.#requested--;
    this.#admitNext();
    this.#requestPermits();
  }
}
