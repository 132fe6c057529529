import { Canary } from "./chunk/canary.ts";

/** The canaries of the batches that this process works. */
export class Canaries {
  readonly #canaries = new Map<string, { round: number; canary: Canary }>();

  /** The batch's canary; a new one after each resume. */
  of({ batchId, canaryRound }: { batchId: string; canaryRound: number }): Canary {
    const known = this.#canaries.get(batchId);
    if (known && known.round >= canaryRound) return known.canary;
    const canary = new Canary();
    this.#canaries.set(batchId, { round: canaryRound, canary });
    return canary;
  }

  forget(batchId: string): void {
    this.#canaries.delete(batchId);
  }
}
