import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { Violation } from "./violation.ts";

/**
 * A caller that gives up on one connection and asks again on another has no two requests in flight, yet the news of
 * the closed connection may arrive after the new request. So long after is still taken for that.
 */
const LATE_NEWS_MS = 100;

interface Flight {
  readonly entry: JournalEntry;
  /** Races that were reported against this flight, to be taken back if it turns out to have been given up before. */
  readonly races: { readonly violation: Violation; readonly atMs: number }[];
}

/** Watches for two creates of one ticket in flight at once. */
export class CreateFlights {
  readonly #journal: Journal;
  readonly #byTicket = new Map<string, Set<Flight>>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Reports the races of a create that arrives. */
  report(entry: JournalEntry, ticket: string, nowMs: number): void {
    for (const flight of this.#byTicket.get(ticket) ?? []) {
      const violation = this.#journal.addViolation("racingWrites", entry, `request ${flight.entry.n} was in flight`);
      flight.races.push({ violation, atMs: nowMs });
    }
  }

  /** Returns what ends the flight. */
  begin(entry: JournalEntry, ticket: string): { end(): void; abort(nowMs: number): void } {
    const flight: Flight = { entry, races: [] };
    const flights = this.#byTicket.get(ticket) ?? new Set();
    this.#byTicket.set(ticket, flights.add(flight));
    const end = (): void => {
      flights.delete(flight);
      if (flights.size === 0 && this.#byTicket.get(ticket) === flights) this.#byTicket.delete(ticket);
    };
    const abort = (nowMs: number): void => {
      end();
      for (const { violation, atMs } of flight.races) {
        if (nowMs - atMs <= LATE_NEWS_MS) this.#journal.retractViolation("racingWrites", violation);
      }
    };
    return { end, abort };
  }
}
