/** Counts the turns of batches that do not run: each late order may start one, and the turn in progress may be another. */
export class TerminatedBatches {
  readonly #isRunning: (batchId: string) => boolean;
  readonly #violations: string[];
  readonly #turns = new Map<string, number>();
  readonly #orders = new Map<string, number>();

  constructor(isRunning: (batchId: string) => boolean, violations: string[]) {
    this.#isRunning = isRunning;
    this.#violations = violations;
  }

  noteOrder(lane: string, batchId: string): void {
    const key = `${lane} ${batchId}`;
    if (this.#isRunning(batchId)) this.#turns.delete(key);
    else this.#orders.set(key, (this.#orders.get(key) ?? 0) + 1);
  }

  noteTurn(lane: string, batchId: string): void {
    const key = `${lane} ${batchId}`;
    if (this.#isRunning(batchId)) return void this.#turns.delete(key);
    const turns = (this.#turns.get(key) ?? 0) + 1;
    this.#turns.set(key, turns);
    const allowed = 1 + (this.#orders.get(key) ?? 0);
    if (turns === allowed + 1)
      this.#violations.push(`lane ${lane} started turn ${turns} for ${batchId}, which does not run`);
  }
}
