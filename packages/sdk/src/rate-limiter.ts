import { ArgumentError } from "./argument-error.ts";
import { CATCH_UP_MS, createRateEstimator, type PaceAnswer } from "./rate-estimator.ts";
import { sleep as realSleep, type Sleep } from "./sleep.ts";

/** Spaces the requests of everybody who shares it. */
export interface Pace {
  /** Resolves when the caller may send one request; first come, first served. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<void>;
  /** To be told of every answer: a 429 slows everybody down; a time that it or a 503 names makes everybody wait. */
  noteAnswer(answer: PaceAnswer): void;
  /** Requests a second from now on; undefined for no maximum. Throws ArgumentError unless positive. */
  setMaxRate(maxRate: number | undefined): void;
}

export interface PaceOptions {
  /** Requests a second, never exceeded in any second; default: none. */
  readonly maxRate?: number | undefined;
  /** Milliseconds on a clock that never goes back; default `performance.now`. */
  readonly now?: () => number;
  readonly sleep?: Sleep;
}

interface Waiter {
  admit(): void;
}

/**
 * A limiter that finds out how many requests the server takes: it starts at 100 a second, grows while answers are good, and
 * keeps below what was refused, or below the limit that a refusal names; now and then it tries for more. Requests are spread
 * evenly over time, and in no second are there more than `maxRate`. A time that the server names is waited for.
 */
export function createPace(options: PaceOptions = {}): Pace {
  const { now = () => performance.now(), sleep = realSleep } = options;
  const control = createRateEstimator();
  let maxRate = checkRate(options.maxRate);
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  const waiters = new Set<Waiter>();
  let isAdmitting = false;
  let alarm: AbortController | undefined;

  function earliestStart(): number {
    const earliest = control.earliestStart();
    if (maxRate === undefined) return earliest;
    const previous = control.startFromLast(Math.ceil(maxRate));
    return Math.max(earliest, nextSlotAt, previous === undefined ? earliest : previous + 1_000);
  }

  function recordStart(at: number, hasWaited: boolean): void {
    control.recordStart(at, hasWaited);
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

  /** Makes the one who sleeps look again. */
  function ring(): void {
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
          if (waiters.size === 0) ring();
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
    noteAnswer(answer) {
      control.recordResponse(now(), answer);
    },
    setMaxRate(rate) {
      maxRate = checkRate(rate);
      nextSlotAt = Number.NEGATIVE_INFINITY;
      ring();
    },
  };
}

function checkRate(rate: number | undefined): number | undefined {
  if (rate !== undefined && !(Number.isFinite(rate) && rate > 0))
    throw new ArgumentError("maxRate", `maxRate is ${rate}; give a positive number of requests a second.`);
  return rate;
}
