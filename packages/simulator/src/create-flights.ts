import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { Violation } from "./violation.ts";

/**
 * Milliseconds. If a caller closes a connection and sends again on another, the server may see the new request before the
 * close. If the close follows within this time, the reported race is retracted.
 */
const LATE_NEWS_MS = 100;

interface Flight {
  readonly entry: JournalEntry;
  /** Races that were reported against this flight. They are retracted if its caller turns out to have closed it before. */
  readonly races: { readonly violation: Violation; readonly atMs: number }[];
}

/** Detects two creates of one ticket that are in flight at the same time. */
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

  /** Returns the functions that end the flight. */
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
