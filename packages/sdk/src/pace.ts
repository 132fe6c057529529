import { ArgumentError } from "./argument-error.ts";
import { sleep as realSleep, type Sleep } from "./sleep.ts";

/** Spaces the requests of everybody who shares it. */
export interface Pace {
  /** Resolves when the caller may send one request; first come, first served. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<void>;
  /** To be told of every answer: a 429, or a 503 that names a time, makes everybody wait. */
  noteAnswer(answer: { httpStatus: number; retryAfterMs?: number }): void;
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

/** How late a timer may wake up without costing rate. Idle time earns nothing. */
const CATCH_UP_MS = 20;
const FIRST_PAUSE_MS = 1_000;
const MAX_UNNAMED_PAUSE_MS = 30_000;
/** A server that names a longer pause is asked again after this one. */
const MAX_NAMED_PAUSE_MS = 300_000;

interface Waiter {
  admit(): void;
}

/**
 * A limiter. Requests are spread evenly over time, and in no second are there more than `maxRate`. Throttling pauses all
 * callers as long as the server names, else 1 second growing to 30 until an answer is good again.
 */
export function createPace(options: PaceOptions = {}): Pace {
  const { now = () => performance.now(), sleep = realSleep } = options;
  let maxRate = checkRate(options.maxRate);
  let nextSlotAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let unnamedPauseMs = FIRST_PAUSE_MS;
  /** Start times of the latest requests, oldest first. */
  let starts: number[] = [];
  const waiters = new Set<Waiter>();
  let isAdmitting = false;
  let alarm: AbortController | undefined;

  function earliestStart(): number {
    if (maxRate === undefined) return pausedUntil;
    const previous = starts[starts.length - Math.ceil(maxRate)];
    return Math.max(pausedUntil, nextSlotAt, previous === undefined ? Number.NEGATIVE_INFINITY : previous + 1_000);
  }

  function recordStart(at: number, hasWaited: boolean): void {
    if (maxRate === undefined) return;
    nextSlotAt = (hasWaited ? Math.max(nextSlotAt, at - CATCH_UP_MS) : at) + 1_000 / maxRate;
    starts.push(at);
    const kept = Math.ceil(maxRate);
    if (starts.length > 2 * kept + 64) starts = starts.slice(-kept);
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
    noteAnswer({ httpStatus, retryAfterMs }) {
      const isPaused = now() < pausedUntil;
      if (httpStatus === 429 || (httpStatus === 503 && retryAfterMs !== undefined)) {
        // Many requests of one burst are refused together: they lengthen an unnamed pause once.
        if (retryAfterMs === undefined && isPaused) return;
        const pauseMs = retryAfterMs === undefined ? unnamedPauseMs : Math.min(retryAfterMs, MAX_NAMED_PAUSE_MS);
        if (retryAfterMs === undefined) unnamedPauseMs = Math.min(unnamedPauseMs * 2, MAX_UNNAMED_PAUSE_MS);
        pausedUntil = Math.max(pausedUntil, now() + pauseMs);
      } else if (!isPaused && httpStatus < 400) unnamedPauseMs = FIRST_PAUSE_MS;
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
