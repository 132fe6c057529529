interface PastState {
  /** The ticket had these associations until this time, in ms since the epoch. */
  readonly untilMs: number;
  readonly relatedIds: readonly string[];
}

const NONE: readonly string[] = [];

/** The associations of all tickets. They have one direction: an association written for A is listed for A only. */
export class AssociationStore {
  readonly #current = new Map<string, readonly string[]>();
  readonly #past = new Map<string, PastState[]>();

  constructor(preload: Readonly<Record<string, readonly string[]>> = {}) {
    for (const [ticket, relatedIds] of Object.entries(preload)) this.#current.set(ticket, [...relatedIds]);
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

  /**
   * @param rememberMs How long `relatedToAt` can return the state before this write. 0: not at all.
   */
  write(ticket: string, relatedIds: readonly string[], nowMs: number, rememberMs: number): void {
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
