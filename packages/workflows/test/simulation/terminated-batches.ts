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

  noteOrder(batchId: string): void {
    if (this.#isRunning(batchId)) this.#turns.delete(batchId);
    else this.#orders.set(batchId, (this.#orders.get(batchId) ?? 0) + 1);
  }

  noteTurn(batchId: string): void {
    if (this.#isRunning(batchId)) return void this.#turns.delete(batchId);
    const turns = (this.#turns.get(batchId) ?? 0) + 1;
    this.#turns.set(batchId, turns);
    const allowed = 1 + (this.#orders.get(batchId) ?? 0);
    if (turns === allowed + 1)
      this.#violations.push(`the lane started turn ${turns} for ${batchId}, which does not run`);
  }
}
