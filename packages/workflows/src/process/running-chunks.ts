/** The chunks that this process works. They can be stopped without waiting for the response to a heartbeat. */
export class RunningChunks {
  readonly #stops = new Map<string, Set<AbortController>>();

  /** The number of chunks in progress. */
  get count(): number {
    let count = 0;
    for (const stops of this.#stops.values()) count += stops.size;
    return count;
  }

  /** A signal that is aborted when the batch's chunks have to stop; until it is disposed of. */
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
