import type { BatchProgress } from "@caselink/workflows";

const WINDOW_MS = 30_000;
/** The lanes report every 10 s. Without a report for longer, the rate falls. */
const LATE_MS = 15_000;

/**
 * The tickets per second of the last minute, as the batch counts them; undefined if it does not know yet.
 *
 * @param now milliseconds since 1970
 */
export function countedRate({ recently }: Pick<BatchProgress, "recently">, now: number): number | undefined {
  return recently && (recently.tickets / (Math.max(recently.until, now - LATE_MS) - recently.since)) * 1000;
}

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
