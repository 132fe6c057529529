import type { Outage } from "./config.ts";

/** Decides whether the API is down: once, after `afterRequests` requests, for `forMs`. */
export class OutageClock {
  readonly outage: Outage;
  #served = 0;
  #endsAtMs: number | undefined;

  constructor(outage: Outage) {
    this.outage = outage;
  }

  /** Counts one request. True if the API is down for it. */
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
