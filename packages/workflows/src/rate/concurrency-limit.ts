const LEAST = 8;
const MOST = 128;
/** The limit grows with each ticket that takes less than the first time, and shrinks with each that takes more than the second. */
const SHORT_MS = 1_000;
const LONG_MS = 3_000;

/**
 * How many tickets each lane of a process works at the same time; adapts to how long a ticket takes.
 *
 * It starts at 0: nothing is known of the API yet. One ticket then goes ahead alone, and its request finds out whether
 * the credentials are rejected or the API is down.
 */
export class ConcurrencyLimit {
  #tickets: number;

  constructor(tickets = 0) {
    this.#tickets = tickets;
  }

  get tickets(): number {
    return this.#tickets;
  }

  /** The ticket that went ahead alone met no obstacle. */
  open(): void {
    this.#tickets = Math.max(this.#tickets, LEAST);
  }

  /** The API did not work: one ticket goes ahead alone again. */
  close(): void {
    this.#tickets = 0;
  }

  /** @param isRateLimited the batch's own maximum makes tickets slow, which says nothing about other batches' tickets */
  ticketTook(milliseconds: number, isRateLimited: boolean): void {
    if (milliseconds < SHORT_MS) this.#tickets = Math.min(this.#tickets + 1, MOST);
    else if (milliseconds > LONG_MS && this.#tickets > LEAST && !isRateLimited) this.#tickets--;
  }
}
