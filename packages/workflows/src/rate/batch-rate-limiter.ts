import { createPace, type PaceAnswer, type PaceOptions } from "@caselink/sdk";
import { URGENCIES, type Patience, type Urgency } from "./batch-rate-limit.ts";
import { PaceLine } from "./permit-queue.ts";

interface Waiter {
  admit(): void;
}

/** Holds a batch to its own maximum: who is in the middle of a ticket goes before who begins one. */
export class OwnMaximum {
  readonly #pace;
  readonly #line: PaceLine;
  readonly #waiters: Readonly<Record<Urgency, Set<Waiter>>> = { look: new Set(), write: new Set(), begin: new Set() };
  #maxRate: number | undefined;

  constructor(clock: Pick<PaceOptions, "now" | "sleep">) {
    this.#pace = createPace(clock);
    this.#line = new PaceLine(this.#pace, () => this.#next()?.admit());
  }

  /** Requests a second; undefined: no maximum. */
  get maxRate(): number | undefined {
    return this.#maxRate;
  }

  set maxRate(maxRate: number | undefined) {
    if (this.#maxRate === maxRate) return;
    this.#maxRate = maxRate;
    this.#pace.setMaxRate(maxRate);
  }

  noteAnswer(answer: PaceAnswer): void {
    this.#pace.noteAnswer(answer);
  }

  /** Resolves when a request may start. Rejects with the reason of the signal that ended the wait. */
  acquire(urgency: Urgency, { over, stop }: Partial<Patience>): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters[urgency];
      const end = (): void => {
        waiters.delete(waiter);
        this.#line.leave();
        stop?.removeEventListener("abort", onStop);
        over?.removeEventListener("abort", onOver);
      };
      const onStop = (): void => {
        end();
        reject(stop?.reason);
      };
      const onOver = (): void => {
        // At the lowest rates a turn is shorter than the time between two requests: were the next one to leave, its
        // ticket would be read for nothing, turn after turn.
        if (urgency === "write" && this.#next() === waiter) return;
        end();
        reject(over?.reason);
      };
      const waiter: Waiter = {
        admit() {
          end();
          resolve();
        },
      };
      if (stop?.aborted) return reject(stop.reason);
      waiters.add(waiter);
      this.#line.join();
      stop?.addEventListener("abort", onStop);
      if (urgency === "look") return;
      over?.addEventListener("abort", onOver);
      if (over?.aborted) onOver();
    });
  }

  #next(): Waiter | undefined {
    for (const urgency of URGENCIES) for (const waiter of this.#waiters[urgency]) return waiter;
    return undefined;
  }
}
