import { keyOf } from "./batch-doubts.ts";
import type { BatchStateData, ChunkCounts, ChunkReport, OutcomeCounts, RowOutcome } from "./contracts.ts";

/** Adds up the counts of a batch's chunks. A report has the totals of its chunk, so only the difference to the last one counts. */
export class BatchCounts {
  readonly #data: BatchStateData;

  constructor(data: BatchStateData) {
    this.#data = data;
  }

  /** True if more tickets are settled than before. */
  count(chunk: ChunkReport): boolean {
    const { counts } = chunk;
    if (!counts) return false;
    const { partial, outcomes } = this.#data;
    const before: ChunkCounts = partial[keyOf(chunk)] ?? { outcomes: {}, settledTickets: 0 };
    for (const [outcome, count] of Object.entries(counts.outcomes) as [RowOutcome, number][]) {
      add(outcomes, outcome, count - (before.outcomes[outcome] ?? 0));
    }
    this.#data.settledTickets += counts.settledTickets - before.settledTickets;
    partial[keyOf(chunk)] = counts;
    return counts.settledTickets > before.settledTickets;
  }

  /** There will be no further report about the chunk. */
  finish(chunk: ChunkReport): void {
    delete this.#data.partial[keyOf(chunk)];
  }
}

function add(counts: OutcomeCounts, outcome: RowOutcome, count: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + count;
}
