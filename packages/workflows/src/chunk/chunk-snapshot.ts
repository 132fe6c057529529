import { GrowingLines, type SnapshotEntry } from "@caselink/ledger";

/** The snapshot of a chunk: the associations of its tickets before this batch wrote to them. */
export class ChunkSnapshot {
  readonly #entries: Map<string, SnapshotEntry>;
  /** Undefined after an entry was replaced, which is rare. */
  #lines: GrowingLines<SnapshotEntry> | undefined;

  constructor(stored: readonly SnapshotEntry[]) {
    this.#entries = new Map(stored.map((entry) => [entry.ticket, entry]));
  }

  get(ticket: string): SnapshotEntry | undefined {
    return this.#entries.get(ticket);
  }

  /** A write to the ticket may have been sent. */
  isOpen(ticket: string): boolean {
    const entry = this.#entries.get(ticket);
    return entry !== undefined && !entry.closed;
  }

  set(entry: SnapshotEntry): void {
    if (this.#entries.has(entry.ticket)) this.#lines = undefined;
    else this.#lines?.add(entry);
    this.#entries.set(entry.ticket, entry);
  }

  /** The content of the chunk's file. */
  seal(): Uint8Array {
    if (!this.#lines) {
      this.#lines = new GrowingLines();
      for (const entry of this.#entries.values()) this.#lines.add(entry);
    }
    return this.#lines.seal();
  }
}
