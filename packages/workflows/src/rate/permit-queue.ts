import type { Pace } from "@caselink/sdk";

/** More than a pace lets go within a millisecond. */
const ASKED_AT_ONCE = 32;

/**
 * Asks a pace for as many requests as wait, up to a bound. Whose each is, is decided when it may start. Asked for one by
 * one, each would cost a timer of a millisecond.
 */
export class PaceLine {
  readonly #pace: Pick<Pace, "acquire">;
  readonly #admitNext: () => void;
  #waiting = 0;
  /** Requests that the pace was asked for and has not let go yet. */
  #asked = 0;

  /** @param admitNext lets one of those who wait go, and calls `leave` for it; there may be none left */
  constructor(pace: Pick<Pace, "acquire">, admitNext: () => void) {
    this.#pace = pace;
    this.#admitNext = admitNext;
  }

  join(): void {
    this.#waiting++;
    this.#askForMore();
  }

  leave(): void {
    this.#waiting--;
  }

  #askForMore(): void {
    while (this.#asked < Math.min(this.#waiting, ASKED_AT_ONCE)) {
      this.#asked++;
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    await this.#pace.acquire();
    this.#asked--;
    this.#admitNext();
    this.#askForMore();
  }
}
