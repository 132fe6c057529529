const WINDOW_MS = 30_000;

/** The rate of the last half minute, in tickets per second. */
export class RecentRate {
  readonly #seen: { at: number; settledTickets: number }[] = [];

  /** Adds a count of settled tickets and returns the rate; undefined if no ticket was settled in the period. */
  add(settledTickets: number, now = performance.now()): number | undefined {
    this.#seen.push({ at: now, settledTickets });
    while (now - (this.#seen[0]?.at ?? now) > WINDOW_MS) this.#seen.shift();
    const first = this.#seen[0];
    if (!first || now === first.at || settledTickets === first.settledTickets) return undefined;
    return ((settledTickets - first.settledTickets) / (now - first.at)) * 1000;
  }
}
