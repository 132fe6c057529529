/** Who is to be told of the abort of a signal. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal is aborted, until the function that it returns is called. One listener for all who wait with the
 * same signal: a signal that gets and loses one with every request costs more than the rest of a wait.
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

/** Aborted with the first of the signals. Looking at one that `AbortSignal.any` makes takes a look at each of its sources. */
export function firstOf(...signals: readonly AbortSignal[]): AbortSignal {
  const first = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) first.abort(signal.reason);
    else signal.addEventListener("abort", () => first.abort(signal.reason), { once: true });
  }
  return first.signal;
}
