import { ArgumentError } from "./argument-error.ts";
import { createRateCounts } from "./rate-counts.ts";
import { CATCH_UP_MS } from "./rate-estimator.ts";
import { isThrottled, type ApiOperation, type RateLimitFeedback, type RateReading } from "./rate-feedback.ts";
import { sleep as realSleep, type Sleep } from "./sleep.ts";
import { createTimeline } from "./timeline.ts";

/** Spaces the requests of all clients that share it. */
export interface RateLimiter {
  /**
   * Resolves when the caller may send one request, for each operation in the order of the calls. Rejects with the signal's
   * reason, or with a {@link LongWaitError} if the server's limit allows no request for more than a minute.
   */
  acquire(signal?: AbortSignal, operation?: ApiOperation): Promise<void>;
  /**
   * Returns true if the caller may send one request immediately; false if it has to wait, and then nothing was acquired. For
   * callers that keep a queue of their own. Default: always false.
   */
  tryAcquire?(operation?: ApiOperation): boolean;
  /** Must be called for every response: a rejection slows all clients down; a time in a 429 or 503 makes all of them wait. */
  recordResponse(feedback: RateLimitFeedback): void;
  /** Sets the requests per second from now on; undefined: no maximum. Throws an ArgumentError unless it is positive. */
  setMaxRate(maxRate: number | undefined): void;
  /** The maximum of requests per second that was set; undefined: none, or not known. */
  readonly maxRate?: number | undefined;
  /** Returns the rate of each operation that was used, for metrics. Default: nothing is known. */
  readings?(): readonly RateReading[];
}

export interface RateLimiterOptions {
  /** Requests per second, never exceeded in any second; default: no maximum. */
  readonly maxRate?: number | undefined;
  /** Milliseconds on a monotonic clock; default `performance.now`. */
  readonly now?: (() => number) | undefined;
  readonly sleep?: Sleep | undefined;
}

/** Milliseconds. A longer wait that the server causes is the caller's decision. */
export const LONGEST_WAIT_MS = 60_000;

/** The server's limit allows no request for a long time, for example because it counts the requests of a day. */
export class LongWaitError extends Error {
  override readonly name = "LongWaitError";
  /** Milliseconds until the next request may be sent. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`the API's limit allows the next request in ${Math.ceil(retryAfterMs / 1_000)} s`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** True also for an error of another copy of this package. */
export function isLongWait(error: unknown): error is LongWaitError {
  return error instanceof Error && error.name === "LongWaitError";
}

interface Waiter {
  /** Counts up. */
  readonly number: number;
  readonly operation: ApiOperation | undefined;
  admit(): void;
  reject(reason: unknown): void;
}

/**
 * Creates a limiter that finds the server's rate limits. Each operation has its own, as gateways count requests, until
 * rejections show that operations are counted together. It starts at 15 requests per second, so that few are rejected if the
 * limit is small, and grows while requests succeed, to 100 in about half a second. It stays below the rate at which requests
 * were rejected, or below the limit that a rejection names, and now and then tries a higher rate. A limit that is not named
 * may count the requests of an hour: the limiter finds out. Requests are spread evenly over time, and no second has more than
 * `maxRate`, all operations together. A time that the server names in a response is waited for, up to a minute.
 */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { now = () => performance.now(), sleep = realSleep } = options;
  const counts = createRateCounts();
  let maxRate = checkRate(options.maxRate);
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  /** The last second's requests, all operations together. */
  const starts = createTimeline();
  const queues = new Map<ApiOperation | undefined, Set<Waiter>>();
  let asked = 0;
  let isAdmitting = false;
  let alarm: AbortController | undefined;

  function earliestStart(operation: ApiOperation | undefined): number {
    const earliest = counts.earliestStart(operation);
    if (maxRate === undefined) return earliest;
    const previous = starts.fromLast(Math.ceil(maxRate));
    return Math.max(earliest, nextSlotAt, previous === undefined ? earliest : previous + 1_000);
  }

  /** The time until the server's limit allows a request, if it is longer than a caller waits for. */
  function longWaitMs(operation: ApiOperation | undefined): number | undefined {
    const waitMs = counts.earliestStart(operation) - now();
    return waitMs > LONGEST_WAIT_MS ? waitMs : undefined;
  }

  function recordStart(operation: ApiOperation | undefined, at: number, hasWaited: boolean): void {
    counts.recordStart(operation, at, hasWaited);
    if (maxRate === undefined) return;
    starts.add(at);
    starts.dropBefore(at - 1_000);
    nextSlotAt = (hasWaited ? Math.max(nextSlotAt, at - CATCH_UP_MS) : at) + 1_000 / maxRate;
  }

  /** Rejects the waiters of operations that have to wait too long. */
  function rejectLongWaits(): void {
    for (const [operation, queue] of queues) {
      const waitMs = queue.size === 0 ? undefined : longWaitMs(operation);
      if (waitMs === undefined) continue;
      const error = new LongWaitError(waitMs);
      for (const waiter of queue) waiter.reject(error);
      queue.clear();
    }
  }

  /** The waiter that may start first; of several that may start now, the one that has waited longest. */
  function findNext(): { waiter: Waiter; at: number } | undefined {
    rejectLongWaits();
    let next: { waiter: Waiter; at: number } | undefined;
    for (const [operation, [waiter]] of queues) {
      if (waiter === undefined) continue;
      const at = Math.max(earliestStart(operation), now());
      if (next === undefined || at < next.at || (at === next.at && waiter.number < next.waiter.number))
        next = { waiter, at };
    }
    return next;
  }

  async function admitWaiters(): Promise<void> {
    isAdmitting = true;
    for (let next = findNext(); next !== undefined; next = findNext()) {
      const { waiter, at } = next;
      const remainingMs = at - now();
      if (remainingMs > 0) {
        alarm = new AbortController();
        await sleep(Math.ceil(remainingMs), alarm.signal).catch(() => {});
        continue;
      }
      queues.get(waiter.operation)?.delete(waiter);
      recordStart(waiter.operation, now(), true);
      waiter.admit();
    }
    isAdmitting = false;
  }

  /** Ends the sleep of `admitWaiters`, which then checks again. */
  function wakeUp(): void {
    alarm?.abort();
  }

  function queueOf(operation: ApiOperation | undefined): Set<Waiter> {
    let queue = queues.get(operation);
    if (queue === undefined) queues.set(operation, (queue = new Set()));
    return queue;
  }

  function tryAcquire(operation: ApiOperation | undefined): boolean {
    if (queueOf(operation).size > 0 || earliestStart(operation) > now()) return false;
    recordStart(operation, now(), false);
    return true;
  }

  return {
    tryAcquire,
    acquire(signal, operation) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (tryAcquire(operation)) return Promise.resolve();
      const queue = queueOf(operation);
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          queue.delete(waiter);
          wakeUp();
          reject(signal?.reason);
        };
        const stopListening = () => signal?.removeEventListener("abort", onAbort);
        const waiter: Waiter = {
          number: asked++,
          operation,
          admit() {
            stopListening();
            resolve();
          },
          reject(reason) {
            stopListening();
            reject(reason);
          },
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        queue.add(waiter);
        if (!isAdmitting) void admitWaiters();
        // It may be the first of its operation, and due before the waiter that is slept for.
        else if (queue.size === 1) wakeUp();
      });
    },
    recordResponse(feedback) {
      counts.recordResponse(now(), feedback);
      if (isThrottled(feedback)) wakeUp();
    },
    setMaxRate(rate) {
      maxRate = checkRate(rate);
      nextSlotAt = Number.NEGATIVE_INFINITY;
      wakeUp();
    },
    get maxRate() {
      return maxRate;
    },
    readings: () =>
      counts.readings(now()).map((reading) => ({ ...reading, rate: Math.min(reading.rate, maxRate ?? Infinity) })),
  };
}

function checkRate(rate: number | undefined): number | undefined {
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0))
    throw new ArgumentError("maxRate", `maxRate is ${rate}; give a positive number of requests per second.`);
  return rate;
}
