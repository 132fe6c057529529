/** Runs one call when a slot is free. */
export type WithRequestSlot = <Result>(call: () => Promise<Result>) => Promise<Result>;

/**
 * Lets at most `slots` calls run at the same time; the others wait in order. A call that finds a free slot starts in the same
 * step, with one promise: nearly all requests of a batch pass here.
 */
export function createRequestSlots(slots: number): WithRequestSlot {
  let free = slots;
  const waiting = new Set<() => void>();

  function leave(): void {
    const [next] = waiting;
    if (!next) {
      free++;
      return;
    }
    waiting.delete(next);
    next();
  }

  return async (call) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.add(resolve));
    try {
      return await call();
    } finally {
      leave();
    }
  };
}
