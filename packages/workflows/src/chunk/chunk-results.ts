import { GrowingLines, type ChunkRow, type RowResult } from "@caselink/ledger";
import type { OutcomeCounts, RowOutcome } from "../workflow/contracts.ts";
import type { CallRecord } from "./verdict.ts";

/**
 * The results of a chunk's rows. The result of a settled row never changes: it is kept as bytes of the file, and only its
 * outcome as a value.
 */
export class ChunkResults {
  readonly outcomes: OutcomeCounts = {};
  readonly #settled = new Map<number, RowOutcome>();
  /** When rows that this batch removed were settled. */
  readonly #removedAt = new Map<number, string>();
  readonly #unsettled = new Map<number, RowResult>();
  readonly #settledLines = new GrowingLines<RowResult>();

  constructor(stored: readonly RowResult[]) {
    for (const result of stored) this.#add(result);
  }

  /** Undefined: the row is unsettled. */
  outcomeOf({ row }: ChunkRow): RowOutcome | undefined {
    return this.#settled.get(row);
  }

  /** The API confirmed a write of this unsettled row. */
  isConfirmed({ row }: ChunkRow): boolean {
    return this.#unsettled.get(row)?.confirmed === true;
  }

  /** ISO 8601; undefined: this batch has not removed the association. */
  removedAt({ row }: ChunkRow): string | undefined {
    return this.#removedAt.get(row);
  }

  /** @param settled the outcome of the row and the time; without it the row stays unsettled */
  record({ row }: ChunkRow, attempts: number, facts: CallRecord, settled?: { outcome: RowOutcome; at: string }): void {
    if (this.#settled.has(row)) return;
    const before = this.#unsettled.get(row);
    const result: RowResult = { row, ...facts, attempts: (before?.attempts ?? 0) + attempts };
    if (!settled && before?.confirmed) result.confirmed = true;
    if (settled) {
      result.outcome = settled.outcome;
      result.settled_at = settled.at;
    }
    this.#add(result);
  }

  /** The content of the chunk's file. */
  seal(): Uint8Array {
    return this.#settledLines.seal([...this.#unsettled.values()]);
  }

  #add(result: RowResult): void {
    const { row, outcome } = result;
    if (!outcome) {
      this.#unsettled.set(row, result);
      return;
    }
    this.#unsettled.delete(row);
    this.#settled.set(row, outcome);
    if (outcome === "removed" && result.settled_at !== undefined) this.#removedAt.set(row, result.settled_at);
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    this.#settledLines.add(result);
  }
}
