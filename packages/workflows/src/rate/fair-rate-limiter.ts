import { whenAborted } from "../wait/abort-signals.ts";
import type { ApiOperation, RateLimiter, RateLimiterOptions } from "@caselink/sdk";
import type { BatchRateLimit } from "./batch-rate-limit.ts";
import { BatchRateLimiter } from "./batch-rate-limiter.ts";
import { PermitQueue } from "./permit-queue.ts";

interface Waiter {
  operation: ApiOperation | undefined;
  admit(): void;
  reject(reason: unknown): void;
}

interface BatchShare {
  /** Chunks of the batch in progress. */
  chunks: number;
  limiter: BatchRateLimiter;
  /** Tickets of these chunks in progress. */
  inProgress: number;
  /** Requests that wait for the process's rate. */
  waiters: Set<Waiter>;
}

/** A batch's share of the process's rate, for one chunk. */
export interface BatchRateShare extends Disposable {
  /** For each request: the batch's own maximum, and its turn at the process's rate. */
  rateLimiter: RateLimiter;
  /** The batch's own maximum alone, for a request that waits for it before it takes a request slot. */
  batchRateLimit: BatchRateLimit;
}

/** No one waits, and the rate allows the request. */
const GRANTED = Promise.resolve();

/** A batch has no more tickets in progress than its own maximum allows in this time; each takes two requests. */
const IN_PROGRESS_S = 3;
const REQUESTS_PER_TICKET = 2;

/**
 * Divides the process's rate between its batches.
 *
 * They take turns, request by request: each gets an even share, and the others get what it does not use. The API counts each
 * operation, so each has its queue. A batch's own maximum limits that batch alone.
 */
export class FairRateLimiter {
  readonly #limiter: RateLimiter;
  readonly #clock: Pick<RateLimiterOptions, "now" | "sleep">;
  /** In the order of their turns. */
  readonly #shares = new Map<string, BatchShare>();
  readonly #queues = new Map<ApiOperation | undefined, PermitQueue>();

  /** @param limiter the process's: it knows the process's maximum, and finds the API's limit */
  constructor(limiter: RateLimiter, clock: Pick<RateLimiterOptions, "now" | "sleep"> = {}) {
    this.#limiter = limiter;
    this.#clock = clock;
  }

  /** The batch's share for one chunk, until it is disposed of. `maxRate` holds for all chunks of the batch from now on. */
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

  /** Changes the maximum of a batch in progress. For another batch, `open` sets it. */
  setMaxRate(batchId: string, maxRate: number | undefined): void {
    const share = this.#shares.get(batchId);
    if (share) share.limiter.maxRate = maxRate;
  }

  #openShare(share: BatchShare): Pick<BatchRateShare, "rateLimiter" | "batchRateLimit"> {
    const { limiter: own } = share;
    let hasPermit = false;
    const rateLimiter: RateLimiter = {
      acquire: (signal, operation) => {
        if (hasPermit || own.maxRate === undefined) return this.#wait(share, operation, signal);
        const signals = signal ? { stop: signal } : {};
        return own.acquire("resolve", signals).then(() => this.#wait(share, operation, signal));
      },
      recordResponse: (feedback) => {
        this.#limiter.recordResponse(feedback);
        // The API's limit concerns the limiter that all batches share.
        if (own.maxRate !== undefined && feedback.httpStatus < 400) own.recordResponse(feedback);
      },
      setMaxRate: (maxRate) => (own.maxRate = maxRate),
    };
    const batchRateLimit: BatchRateLimit = {
      acquire: (priority, signals) => (own.maxRate === undefined ? undefined : own.acquire(priority, signals)),
      withPermit(call) {
        // A call acquires the permit of its first request before it waits for anything.
        hasPermit = true;
        try {
          return call();
        } finally {
          hasPermit = false;
        }
      },
      get isLimited() {
        return own.maxRate !== undefined;
      },
      get hasRoom() {
        return own.maxRate === undefined || share.inProgress < (own.maxRate * IN_PROGRESS_S) / REQUESTS_PER_TICKET;
      },
      ticketStarted: () => share.inProgress++,
      ticketFinished: () => share.inProgress--,
    };
    return { rateLimiter, batchRateLimit };
  }

  #wait(share: BatchShare, operation: ApiOperation | undefined, signal: AbortSignal | undefined): Promise<void> {
    const queue = this.#queueOf(operation);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (queue.isEmpty && this.#limiter.tryAcquire?.(operation)) return GRANTED;
    return new Promise((resolve, reject) => {
      const stopListening = signal
        ? whenAborted(signal, () => {
            if (share.waiters.delete(waiter)) queue.leave();
            reject(signal.reason);
          })
        : undefined;
      const waiter: Waiter = {
        operation,
        admit() {
          stopListening?.();
          resolve();
        },
        reject(reason) {
          stopListening?.();
          reject(reason);
        },
      };
      share.waiters.add(waiter);
      queue.join();
    });
  }

  #queueOf(operation: ApiOperation | undefined): PermitQueue {
    const known = this.#queues.get(operation);
    if (known) return known;
    const queue = new PermitQueue(
      this.#limiter,
      () => this.#admitNext(operation),
      (reason) => this.#rejectAll(operation, reason),
      operation,
    );
    this.#queues.set(operation, queue);
    return queue;
  }

  #rejectAll(operation: ApiOperation | undefined, reason: unknown): void {
    for (let next = this.#next(operation); next; next = this.#next(operation)) this.#take(next).reject(reason);
  }

  #admitNext(operation: ApiOperation | undefined): void {
    const next = this.#next(operation);
    if (!next) return;
    const [batchId, share] = next;
    const waiter = this.#take(next);
    // To the end of the queue.
    this.#shares.delete(batchId);
    this.#shares.set(batchId, share);
    waiter.admit();
  }

  #take([, share, waiter]: [batchId: string, share: BatchShare, waiter: Waiter]): Waiter {
    share.waiters.delete(waiter);
    this.#queueOf(waiter.operation).leave();
    return waiter;
  }

  #next(operation: ApiOperation | undefined): [batchId: string, share: BatchShare, waiter: Waiter] | undefined {
    for (const [batchId, share] of this.#shares)
      for (const waiter of share.waiters) if (waiter.operation === operation) return [batchId, share, waiter];
    return undefined;
  }
}
