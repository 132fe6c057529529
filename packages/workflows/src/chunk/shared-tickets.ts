interface Change {
  isPresent: boolean;
  at: number;
}

/** A write without a response is executed by then, or lost. */
const UNSURE_MS = 60_000;

/**
 * The tickets that a turn writes to on a symmetric API, where a write changes both tickets: no two writes touch one ticket at
 * the same time, what was written is known before reads show it, and what may have been written is known, too.
 */
export class SharedTickets {
  readonly #now: () => number;
  readonly #lagMs: () => number;
  /** Resolves when the last holder, or the last that waits, has left. */
  readonly #tails = new Map<string, Promise<void>>();
  /** The associations of each ticket that were created or removed lately, the last change of each. */
  readonly #changes = new Map<string, Map<string, Change>>();
  /** The same changes, the oldest first. */
  readonly #recent: { ticket: string; related: string; change: Change }[] = [];

  /** The tickets that ambiguous writes may have changed, by the ticket that wrote. */
  readonly #ambiguous = new Map<string, { tickets: ReadonlySet<string>; at: number }>();

  /** @param lagMs how long reads may lag behind writes now, in milliseconds */
  constructor(now: () => number, lagMs: () => number) {
    this.#now = now;
    this.#lagMs = lagMs;
  }

  /** Resolves when no one else holds any of the tickets; holds them until the result is disposed of. */
  async hold(tickets: Iterable<string>): Promise<Disposable> {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const earlier: Promise<void>[] = [];
    // All tickets are asked for in one step, so two holders cannot wait for each other.
    for (const ticket of new Set(tickets)) {
      const tail = this.#tails.get(ticket);
      if (tail) earlier.push(tail);
      const own = tail ? tail.then(() => left) : left;
      this.#tails.set(ticket, own);
      void own.then(() => this.#tails.get(ticket) === own && this.#tails.delete(ticket));
    }
    await Promise.all(earlier);
    return { [Symbol.dispose]: leave };
  }

  /** A write was executed: the association exists now, or it does not any more. */
  record(ticket: string, related: string, isPresent: boolean): void {
    this.#forgetOld();
    const change = { isPresent, at: this.#now() };
    this.#add(ticket, related, change);
    this.#add(related, ticket, change);
  }

  /** What a ticket holds: `read` may lag behind what was written to it. */
  correct(ticket: string, read: ReadonlySet<string>): ReadonlySet<string> {
    this.#forgetOld();
    const current = new Set(read);
    for (const [related, { isPresent }] of this.#changes.get(ticket) ?? [])
      if (isPresent) current.add(related);
      else current.delete(related);
    return current;
  }

  /** A ticket leaves its turn: it may have got these associations; none if it was read since its last write. */
  leave(ticket: string, ambiguous: readonly string[]): void {
    if (ambiguous.length === 0) this.#ambiguous.delete(ticket);
    else this.#ambiguous.set(ticket, { tickets: new Set([ticket, ...ambiguous]), at: this.#now() });
  }

  /** A write of another ticket than `writer` may have changed the ticket, unless reads show it by now. */
  isAmbiguous(ticket: string, writer: string): boolean {
    const since = this.#now() - UNSURE_MS - this.#lagMs();
    for (const [other, { tickets, at }] of this.#ambiguous) {
      if (at < since) this.#ambiguous.delete(other);
      else if (other !== writer && tickets.has(ticket)) return true;
    }
    return false;
  }

  #add(ticket: string, related: string, change: Change): void {
    const changes = this.#changes.get(ticket) ?? new Map<string, Change>();
    changes.set(related, change);
    this.#changes.set(ticket, changes);
    this.#recent.push({ ticket, related, change });
  }

  /** Reads show the older changes. */
  #forgetOld(): void {
    const since = this.#now() - this.#lagMs();
    const kept = this.#recent.findIndex(({ change }) => change.at >= since);
    for (const { ticket, related, change } of this.#recent.splice(0, kept < 0 ? this.#recent.length : kept)) {
      const changes = this.#changes.get(ticket);
      if (changes?.get(related) === change) changes.delete(related);
      if (changes?.size === 0) this.#changes.delete(ticket);
    }
  }
}
