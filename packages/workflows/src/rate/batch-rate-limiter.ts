import { createRateLimiter, type RateLimitFeedback, type RateLimiterOptions } from "@caselink/sdk";
import { PRIORITIES, type TurnSignals, type RequestPriority } from "./batch-rate-limit.ts";
import { PermitQueue } from "./permit-queue.ts";

interface Waiter {
  admit(): void;
  reject(reason: unknown): void;
}

/** Limits a batch to its own maximum. Requests of tickets in progress come before those that start a ticket. */
export class BatchRateLimiter {
  readonly #limiter;
  readonly #queue: PermitQueue;
  readonly #waiters: Readonly<Record<RequestPriority, Set<Waiter>>> = {
    resolve: new Set(),
    write: new Set(),
    start: new Set(),
  };
  #maxRate: number | undefined;

  constructor(clock: Pick<RateLimiterOptions, "now" | "sleep">) {
    this.#limiter = createRateLimiter(clock);
    this.#queue = new PermitQueue(
      this.#limiter,
      () => this.#next()?.admit(),
      (reason) => this.#rejectAll(reason),
    );
  }

  /** Requests per second; undefined: no maximum. */
  get maxRate(): number | undefined {
    return this.#maxRate;
  }

  set maxRate(maxRate: number | undefined) {
    if (this.#maxRate === maxRate) return;
    this.#maxRate = maxRate;
    this.#limiter.setMaxRate(maxRate);
  }

  recordResponse(feedback: RateLimitFeedback): void {
    // The batch's maximum concerns all operations together.
    this.#limiter.recordResponse({ ...feedback, operation: undefined });
  }

  /** Resolves when a request may start. Rejects with the reason of the signal that ended the wait. */
  acquire(priority: RequestPriority, { over, stop }: Partial<TurnSignals>): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters[priority];
      const end = (): void => {
        waiters.delete(waiter);
        this.#queue.leave();
        stop?.removeEventListener("abort", onStop);
        over?.removeEventListener("abort", onOver);
      };
      const onStop = (): void => {
        end();
        reject(stop?.reason);
      };
      const onOver = (): void => {
        // At the lowest rates a turn is shorter than the time between two requests: if the next write left the queue, its
        // ticket would be read in vain, turn after turn.
        if (priority === "write" && this.#next() === waiter) return;
        end();
        reject(over?.reason);
      };
      const waiter: Waiter = {
        admit() {
          end();
          resolve();
        },
        reject(reason) {
          end();
          reject(reason);
        },
      };
      if (stop?.aborted) return reject(stop.reason);
      waiters.add(waiter);
      this.#queue.join();
      stop?.addEventListener("abort", onStop);
      if (priority === "resolve") return;
      over?.addEventListener("abort", onOver);
      if (over?.aborted) onOver();
    });
  }

  #rejectAll(reason: unknown): void {
    for (let waiter = this.#next(); waiter; waiter = this.#next()) waiter.reject(reason);
  }

  #next(): Waiter | undefined {
    for (const priority of PRIORITIES) for (const waiter of this.#waiters[priority]) return waiter;
    return undefined;
  }
}
