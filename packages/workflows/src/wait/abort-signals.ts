/** The functions to call when a signal is aborted. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `leave` when the signal is aborted; the returned function ends that. All waits on a signal share one listener: to add
 * and remove one with every request costs more than the rest of a wait.
 */
export function whenAborted(signal: AbortSignal, leave: () => void): () => void {
  const known = listeners.get(signal);
  const leaving = known ?? new Set();
  if (!known) {
    listeners.set(signal, leaving);
    signal.addEventListener("abort", () => [...leaving].forEach((each) => each()), { once: true });
  }
  leaving.add(leave);
  return () => leaving.delete(leave);
}

/** Aborted with the first of the signals. Cheaper than `AbortSignal.any`, whose signal reads all its sources. */
export function firstOf(...signals: readonly AbortSignal[]): AbortSignal {
  const first = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) first.abort(signal.reason);
    else signal.addEventListener("abort", () => first.abort(signal.reason), { once: true });
  }
  return first.signal;
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else whenAborted(signal, resolve);
  });
}
