const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8_000;

/**
 * Milliseconds to wait after the `failures`-th failure: 250, doubling up to 8000. The upper half is random, so that callers
 * that failed at the same time do not retry at the same time.
 */
export function backoffMs(failures: number, random: () => number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS);
  return full / 2 + (full / 2) * random();
}
