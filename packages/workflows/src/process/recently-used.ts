/** Longer than a batch waits between two of its rounds. */
const KEPT_MS = 3_600_000;

/**
 * Values by key, of which those are dropped that no one used for an hour. A process learns only of the end of batches that it
 * finishes itself.
 */
export class RecentlyUsed<Value> {
  readonly #now: () => number;
  /** The one that was used the longest time ago comes first. */
  readonly #entries = new Map<string, { value: Value; usedAt: number }>();

  /** @param now a clock that is never put back, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry) this.set(key, entry.value);
    return entry?.value;
  }

  set(key: string, value: Value): void {
    const usedAt = this.#now();
    this.#entries.delete(key);
    this.#entries.set(key, { value, usedAt });
    for (const [other, entry] of this.#entries) {
      if (entry.usedAt > usedAt - KEPT_MS) return;
      this.#entries.delete(other);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
