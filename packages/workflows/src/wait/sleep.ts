/** The longest that a timer can wait: 24 days. Node reports a warning for more, and for a negative time. */
const LONGEST_MS = 2 ** 31 - 1;

/** Waits until the time has passed or the signal is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(Math.max(0, milliseconds), LONGEST_MS));
    signal?.addEventListener("abort", end);
  });
}
