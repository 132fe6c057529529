/** Waits; rejects with the signal's reason as soon as the signal aborts. */
export type Sleep = (durationMs: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (durationMs, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      },
      Math.max(0, durationMs),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
