/** The chunks that this process works, so that they can be told to stop without waiting for a heartbeat's answer. */
export class RunningChunks {
  readonly #stops = new Map<string, Set<AbortController>>();

  /** How many there are now. */
  get count(): number {
    let count = 0;
    for (const stops of this.#stops.values()) count += stops.size;
    return count;
  }

  /** A signal that is aborted when the batch's chunks are to stop; until it is disposed of. */
  add(batchId: string): { signal: AbortSignal } & Disposable {
    const stop = new AbortController();
    const ofBatch = this.#stops.get(batchId) ?? new Set();
    this.#stops.set(batchId, ofBatch.add(stop));
    return {
      signal: stop.signal,
      [Symbol.dispose]: () => {
        ofBatch.delete(stop);
        if (ofBatch.size === 0) this.#stops.delete(batchId);
      },
    };
  }

  stop(batchId: string): void {
    for (const stop of this.#stops.get(batchId) ?? []) stop.abort();
  }
}
