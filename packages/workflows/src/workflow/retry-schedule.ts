const FIRST_MS = 30_000;
const LONGEST_MS = 15 * 60_000;

/** How long retryable tickets wait before their next round, in milliseconds: 30 s, doubling to 15 min. */
export function roundBackoffMs(rounds: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, rounds - 1));
}

/** How long a batch waits in a lane after consecutive turns that ended with a wait reason, in milliseconds: 2 s, doubling to 1 min. */
export function laneBackoffMs(failedTurns: number): number {
  return Math.min(60_000, 2_000 * 2 ** Math.max(0, failedTurns - 1));
}

/** When a lane that has been silent gets its order again, in milliseconds: after 20 s, doubling to 15 min. */
export function repeatAfterMs(repeats: number): number {
  return Math.min(LONGEST_MS, 20_000 * 2 ** repeats);
}
