import type { Pace } from "@caselink/sdk";

/** Holds the process's pace to the lowest maximum that any batch being worked asks for. */
export class MaxRate {
  readonly #pace: Pick<Pace, "setMaxRate">;
  readonly #ceiling: number;
  readonly #held: number[] = [];

  /** @param ceiling the process's own maximum in requests a second; undefined: none */
  constructor(pace: Pick<Pace, "setMaxRate">, ceiling: number | undefined) {
    this.#pace = pace;
    this.#ceiling = ceiling ?? Infinity;
  }

  /** Applies a batch's maximum until it is disposed of. */
  hold(maxRate: number | undefined): Disposable {
    const held = maxRate ?? Infinity;
    this.#held.push(held);
    this.#apply();
    return {
      [Symbol.dispose]: () => {
        this.#held.splice(this.#held.indexOf(held), 1);
        this.#apply();
      },
    };
  }

  #apply(): void {
    const lowest = Math.min(this.#ceiling, ...this.#held);
    this.#pace.setMaxRate(Number.isFinite(lowest) ? lowest : undefined);
  }
}
