import type { ChunkCounts, ChunkTask, TurnProgress } from "../workflow/contracts.ts";

/** What the turns of this process have settled so far. */
export class TurnsInProgress {
  readonly #turns = new Map<string, Set<TurnProgress>>();

  /** Adds a turn, until it is disposed of. */
  add({ batchId, lane, turn }: ChunkTask): { update(counts: ChunkCounts): void } & Disposable {
    const progress: TurnProgress = { lane, turn, settledTickets: 0, outcomes: {} };
    const ofBatch = this.#turns.get(batchId) ?? new Set();
    this.#turns.set(batchId, ofBatch.add(progress));
    return {
      update: ({ settledTickets, outcomes }) => void Object.assign(progress, { settledTickets, outcomes }),
      [Symbol.dispose]: () => {
        ofBatch.delete(progress);
        if (ofBatch.size === 0) this.#turns.delete(batchId);
      },
    };
  }

  of(batchId: string): TurnProgress[] {
    return [...(this.#turns.get(batchId) ?? [])];
  }
}
