import type { Outage } from "./config.ts";

/** Knows whether the API is down: after so many requests, for so long, once. */
export class OutageClock {
  readonly outage: Outage;
  #served = 0;
  #endsAtMs: number | undefined;

  constructor(outage: Outage) {
    this.outage = outage;
  }

  /** Counts one request and says whether it meets the outage. */
  strikes(nowMs: number): boolean {
    if (this.#endsAtMs === undefined) {
      if (this.#served < this.outage.afterRequests) {
        this.#served += 1;
        return false;
      }
      this.#endsAtMs = nowMs + this.outage.forMs;
    }
    return nowMs < this.#endsAtMs;
  }
}
