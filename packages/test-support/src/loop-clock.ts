/**
 * A clock that counts how often a timer of one millisecond has fired. A busy machine makes it slower, so that what happens
 * in this process takes about the same time on it everywhere.
 */
export interface LoopClock extends Disposable {
  readonly now: () => number;
  /** Resolves when the time has passed or the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Starts a clock at the given time. It counts until it is disposed of. */
export function startLoopClock(startsAt: number): LoopClock {
  let now = startsAt;
  const sleepers = new Set<{ until: number; wake: () => void }>();
  const ticking = setInterval(() => {
    now += 1;
    for (const { until, wake } of sleepers) if (until <= now) wake();
  }, 1);
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { until: now + milliseconds, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake);
      }),
    [Symbol.dispose]: () => clearInterval(ticking),
  };
}
