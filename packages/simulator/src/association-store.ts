interface PastState {
  /** The ticket had these associations until this time, in ms since the epoch. */
  readonly untilMs: number;
  readonly relatedIds: readonly string[];
}

const NONE: readonly string[] = [];

export interface WriteOptions {
  /** How long `relatedToAt` can return the state before this write, in ms. 0: not at all. */
  readonly rememberMs: number;
  /** True: the write also adds the ticket to its new related tickets, and removes it from the others. */
  readonly symmetric: boolean;
}

/** The associations of all tickets, each in the direction in which it was written, or in both. */
export class AssociationStore {
  readonly #current = new Map<string, readonly string[]>();
  readonly #past = new Map<string, PastState[]>();

  constructor(preload: Readonly<Record<string, readonly string[]>> = {}, symmetric = false) {
    for (const [ticket, relatedIds] of Object.entries(preload)) {
      // Another ticket of the preload may already have added itself.
      const all = new Set([...this.relatedTo(ticket), ...relatedIds]);
      this.write(ticket, [...all], 0, { rememberMs: 0, symmetric });
    }
  }

  /** In the order in which they were written. */
  relatedTo(ticket: string): readonly string[] {
    return this.#current.get(ticket) ?? NONE;
  }

  /** The associations at `atMs`, as far back as `rememberMs` of the writes allows. */
  relatedToAt(ticket: string, atMs: number): readonly string[] {
    const past = this.#past.get(ticket);
    return past?.find(({ untilMs }) => untilMs > atMs)?.relatedIds ?? this.relatedTo(ticket);
  }

  /** Replaces the associations of a ticket. */
  write(ticket: string, relatedIds: readonly string[], nowMs: number, options: WriteOptions): void {
    const before = this.relatedTo(ticket);
    this.#writeOneSide(ticket, relatedIds, nowMs, options);
    if (!options.symmetric) return;
    for (const related of before.filter((other) => other !== ticket && !relatedIds.includes(other))) {
      const left = this.relatedTo(related).filter((other) => other !== ticket);
      this.#writeOneSide(related, left, nowMs, options);
    }
    for (const related of relatedIds.filter((other) => other !== ticket)) {
      const others = this.relatedTo(related);
      if (!others.includes(ticket)) this.#writeOneSide(related, [...others, ticket], nowMs, options);
    }
  }

  #writeOneSide(ticket: string, relatedIds: readonly string[], nowMs: number, { rememberMs }: WriteOptions): void {
    if (rememberMs > 0) {
      const kept = (this.#past.get(ticket) ?? []).filter(({ untilMs }) => untilMs > nowMs - rememberMs);
      this.#past.set(ticket, [...kept, { untilMs: nowMs, relatedIds: this.relatedTo(ticket) }]);
    } else if (this.#past.size > 0) {
      this.#past.delete(ticket);
    }
    if (relatedIds.length === 0) this.#current.delete(ticket);
    else this.#current.set(ticket, relatedIds);
  }

  /** The associations themselves, which keep changing. */
  get live(): ReadonlyMap<string, readonly string[]> {
    return this.#current;
  }

  /** A copy without the tickets that have no associations. */
  snapshot(): Map<string, string[]> {
    return new Map([...this.#current].map(([ticket, relatedIds]) => [ticket, [...relatedIds]]));
  }
}
