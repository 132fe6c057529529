import type { JournalEntry } from "@caselink/simulator";

/** What the server did to each ticket, by its journal. A pair is `TICKET RELATED`. */
export class TicketHistory {
  readonly #written = new Map<string, number>();
  readonly #removed = new Map<string, number>();
  readonly #there = new Set<string>();
  /** The number of associations of a ticket after each change, and when that was. */
  readonly #held = new Map<string, { at: number; held: number }[]>();

  /** @param tickets the associations at the end, from which the numbers before are counted back */
  constructor(journal: readonly JournalEntry[], tickets: ReadonlyMap<string, readonly string[]>) {
    for (const [ticket, related] of tickets) for (const other of related) this.#there.add(`${ticket} ${other}`);
    const changes = journal.filter(({ written, removed }) => written.length + removed.length > 0);
    const net = new Map<string, number>();
    for (const { ticket = "", written, removed } of changes) {
      for (const related of written) increment(this.#written, `${ticket} ${related}`);
      for (const related of removed) increment(this.#removed, `${ticket} ${related}`);
      net.set(ticket, (net.get(ticket) ?? 0) + written.length - removed.length);
    }
    for (const [ticket, related] of tickets)
      this.#held.set(ticket, [{ at: -Infinity, held: related.length - (net.get(ticket) ?? 0) }]);
    for (const { ticket = "", at, written, removed } of changes) {
      const steps = this.#held.get(ticket) ?? [{ at: -Infinity, held: 0 }];
      steps.push({ at, held: (steps.at(-1)?.held ?? 0) + written.length - removed.length });
      this.#held.set(ticket, steps);
    }
  }

  /** The pairs that were created. */
  get written(): Iterable<string> {
    return this.#written.keys();
  }

  /** The pairs that were removed. */
  get removed(): Iterable<string> {
    return this.#removed.keys();
  }

  timesWritten = (pair: string): number => this.#written.get(pair) ?? 0;
  timesRemoved = (pair: string): number => this.#removed.get(pair) ?? 0;
  isThere = (pair: string): boolean => this.#there.has(pair);

  /** The most associations that a ticket had since a time, in milliseconds since 1970. */
  mostHeld(ticket: string, since: number): number {
    const steps = this.#held.get(ticket) ?? [];
    const before = steps.findLast(({ at }) => at <= since);
    return Math.max(0, before?.held ?? 0, ...steps.filter(({ at }) => at > since).map(({ held }) => held));
  }
}

const increment = (totals: Map<string, number>, key: string): void => void totals.set(key, (totals.get(key) ?? 0) + 1);
