const FIRST_MS = 30_000;
const LONGEST_MS = 15 * 60_000;

/** How long unsettled tickets wait before their next round: 30 s, doubling to 15 min. */
export function roundDelayMs(rounds: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, rounds - 1));
}

/** How long a lane leaves a troubled API alone: 2 s, doubling to 1 min. */
export function troubleDelayMs(troubles: number): number {
  return Math.min(60_000, 2_000 * 2 ** Math.max(0, troubles - 1));
}
