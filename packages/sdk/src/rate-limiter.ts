import { ArgumentError } from "./argument-error.ts";
import { CATCH_UP_MS, createRateEstimator, type RateLimitFeedback } from "./rate-estimator.ts";
import { sleep as realSleep, type Sleep } from "./sleep.ts";

/** Spaces the requests of all clients that share it. */
export interface RateLimiter {
  /** Resolves when the caller may send one request, in the order of the calls. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<void>;
  /** Must be called for every response: a 429 slows all clients down; a time in a 429 or 503 makes all of them wait. */
  recordResponse(feedback: RateLimitFeedback): void;
  /** Sets the requests per second from now on; undefined: no maximum. Throws an ArgumentError unless it is positive. */
  setMaxRate(maxRate: number | undefined): void;
}

export interface RateLimiterOptions {
  /** Requests per second, never exceeded in any second; default: no maximum. */
  readonly maxRate?: number | undefined;
  /** Milliseconds on a monotonic clock; default `performance.now`. */
  readonly now?: (() => number) | undefined;
  readonly sleep?: Sleep | undefined;
}

interface Waiter {
  admit(): void;
}

/**
 * Creates a limiter that finds the server's rate limit. It starts at 100 requests per second and grows while requests succeed.
 * It stays below the rate at which requests were rejected, or below the limit that a rejection names, and now and then tries
 * a higher rate. Requests are spread evenly over time, and no second has more than `maxRate`. A time that the server names
 * in a response is waited for.
 */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const { now = () => performance.now(), sleep = realSleep } = options;
  const estimator = createRateEstimator();
  let maxRate = checkRate(options.maxRate);
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  const waiters = new Set<Waiter>();
  let isAdmitting = false;
  let alarm: AbortController | undefined;

  function earliestStart(): number {
    const earliest = estimator.earliestStart();
    if (maxRate === undefined) return earliest;
    const previous = estimator.startFromLast(Math.ceil(maxRate));
    return Math.max(earliest, nextSlotAt, previous === undefined ? earliest : previous + 1_000);
  }

  function recordStart(at: number, hasWaited: boolean): void {
    estimator.recordStart(at, hasWaited);
    if (maxRate !== undefined) nextSlotAt = (hasWaited ? Math.max(nextSlotAt, at - CATCH_UP_MS) : at) + 1_000 / maxRate;
  }

  async function admitWaiters(): Promise<void> {
    isAdmitting = true;
    for (let [waiter] = waiters; waiter !== undefined; [waiter] = waiters) {
      const remainingMs = earliestStart() - now();
      if (remainingMs > 0) {
        alarm = new AbortController();
        await sleep(Math.ceil(remainingMs), alarm.signal).catch(() => {});
        continue;
      }
      waiters.delete(waiter);
      recordStart(now(), true);
      waiter.admit();
    }
    isAdmitting = false;
  }

  /** Ends the sleep of `admitWaiters`, which then checks again. */
  function wakeUp(): void {
    alarm?.abort();
  }

  return {
    acquire(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (waiters.size === 0 && earliestStart() <= now()) {
        recordStart(now(), false);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiters.delete(waiter);
          if (waiters.size === 0) wakeUp();
          reject(signal?.reason);
        };
        const waiter: Waiter = {
          admit() {
            signal?.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        waiters.add(waiter);
        if (!isAdmitting) void admitWaiters();
      });
    },
    recordResponse(feedback) {
      estimator.recordResponse(now(), feedback);
    },
    setMaxRate(rate) {
      maxRate = checkRate(rate);
      nextSlotAt = Number.NEGATIVE_INFINITY;
      wakeUp();
    },
  };
}

function checkRate(rate: number | undefined): number | undefined {
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0))
    throw new ArgumentError("maxRate", `maxRate is ${rate}; give a positive number of requests per second.`);
  return rate;
}
