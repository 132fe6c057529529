/** The rate is that of the last half minute. */
const WINDOW_MS = 30_000;

/** Tickets a second, from looks at how many are settled. */
export class RecentRate {
  readonly #seen: { at: number; settledTickets: number }[] = [];

  /** Notes a look and tells the rate over the last half minute; undefined where nothing moved yet. */
  note(settledTickets: number, now = Date.now()): number | undefined {
    this.#seen.push({ at: now, settledTickets });
    while (now - (this.#seen[0]?.at ?? now) > WINDOW_MS) this.#seen.shift();
    const first = this.#seen[0];
    if (!first || now === first.at || settledTickets === first.settledTickets) return undefined;
    return ((settledTickets - first.settledTickets) / (now - first.at)) * 1000;
  }
}
