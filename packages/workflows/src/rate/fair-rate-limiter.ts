import { whenAborted } from "../wait/abort-signals.ts";
import type { Pace, PaceOptions } from "@caselink/sdk";
import type { BatchRateLimit } from "./batch-rate-limit.ts";
import { BatchRateLimiter } from "./batch-rate-limiter.ts";
import { PermitQueue } from "./permit-queue.ts";

interface Waiter {
  admit(): void;
}

interface BatchShare {
  /** Chunks of the batch that are worked. */
  chunks: number;
  limiter: BatchRateLimiter;
  /** Tickets that these chunks have in hand. */
  inProgress: number;
  /** Requests that wait for the process's pace. */
  waiters: Set<Waiter>;
}

/** A batch's part of what the process may send, for one chunk. */
export interface BatchRateShare extends Disposable {
  /** Of each request: the batch's own maximum, and its turn at the process's pace. */
  rateLimiter: Pace;
  /** The batch's own maximum alone, for who waits for it before he takes the place of others. */
  batchRateLimit: BatchRateLimit;
}

/** A batch has no more tickets in hand than its own maximum has room for in this time: each takes two requests. */
const IN_PROGRESS_S = 3;
const REQUESTS_PER_TICKET = 2;

/**
 * Divides what the process may send between its batches.
 *
 * They take turns, request by request: each gets an even part of the pace, and what it does not use goes to the others.
 * A batch's own maximum bounds that batch alone.
 */
export class FairRateLimiter {
  readonly #limiter: Pace;
  readonly #clock: Pick<PaceOptions, "now" | "sleep">;
  /** In the order of their turns. */
  readonly #shares = new Map<string, BatchShare>();
  readonly #queue: PermitQueue;

  /** @param pace the process's: it knows its maximum, and finds out that of the API */
  constructor(pace: Pace, clock: Pick<PaceOptions, "now" | "sleep"> = {}) {
    this.#limiter = pace;
    this.#clock = clock;
    this.#queue = new PermitQueue(pace, () => this.#admitNext());
  }

  /** The batch's pace for one chunk, until it is disposed of. `maxRate` holds for all chunks of the batch from now on. */
  open(batchId: string, maxRate: number | undefined): BatchRateShare {
    const share = this.#shares.get(batchId) ?? {
      chunks: 0,
      limiter: new BatchRateLimiter(this.#clock),
      inProgress: 0,
      waiters: new Set(),
    };
    share.chunks++;
    this.#shares.set(batchId, share);
    share.limiter.maxRate = maxRate;
    return {
      ...this.#openShare(share),
      [Symbol.dispose]: () => {
        share.chunks--;
        if (share.chunks === 0) this.#shares.delete(batchId);
      },
    };
  }

  /** Changes the maximum of a batch that is worked; of another one it is set when it is opened. */
  setMaxRate(batchId: string, maxRate: number | undefined): void {
    const share = this.#shares.get(batchId);
    if (share) share.limiter.maxRate = maxRate;
  }

  #openShare(share: BatchShare): Pick<BatchRateShare, "rateLimiter" | "batchRateLimit"> {
    const { limiter: own } = share;
    let isSpending = false;
    const pace: Pace = {
      acquire: (signal) => {
        if (isSpending || own.maxRate === undefined) return this.#wait(share, signal);
        const signals = signal ? { stop: signal } : {};
        return own.acquire("resolve", signals).then(() => this.#wait(share, signal));
      },
      noteAnswer: (answer) => {
        this.#limiter.noteAnswer(answer);
        // What the API takes is the business of the pace that all share.
        if (own.maxRate !== undefined && answer.httpStatus < 400) own.noteAnswer(answer);
      },
      setMaxRate: (maxRate) => (own.maxRate = maxRate),
    };
    const batchRateLimit: BatchRateLimit = {
      acquire: (priority, signals) => (own.maxRate === undefined ? undefined : own.acquire(priority, signals)),
      withPermit(call) {
        // A call asks for its first request before it waits for anything.
        isSpending = true;
        try {
          return call();
        } finally {
          isSpending = false;
        }
      },
      get isLimited() {
        return own.maxRate !== undefined;
      },
      get hasRoom() {
        return own.maxRate === undefined || share.inProgress < (own.maxRate * IN_PROGRESS_S) / REQUESTS_PER_TICKET;
      },
      hold: (tickets) => (share.inProgress += tickets),
    };
    return { rateLimiter: pace, batchRateLimit };
  }

  #wait(share: BatchShare, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const stay = signal
        ? whenAborted(signal, () => {
            if (share.waiters.delete(waiter)) this.#queue.leave();
            reject(signal.reason);
          })
        : undefined;
      const waiter: Waiter = {
        admit() {
          stay?.();
          resolve();
        },
      };
      share.waiters.add(waiter);
      this.#queue.join();
    });
  }

  #admitNext(): void {
    const next = this.#next();
    if (!next) return;
    const [batchId, share, waiter] = next;
    share.waiters.delete(waiter);
    this.#queue.leave();
    // To the end of the line.
    this.#shares.delete(batchId);
    this.#shares.set(batchId, share);
    waiter.admit();
  }

  #next(): [batchId: string, share: BatchShare, waiter: Waiter] | undefined {
    for (const [batchId, share] of this.#shares) for (const waiter of share.waiters) return [batchId, share, waiter];
    return undefined;
  }
}
