const FIRST_RETRY_DELAY_MS = 200;

/** How long to wait before the next try of a call, in milliseconds: twice as long after each. @param tries 1 and up */
export function retryDelayMs(tries: number, random: () => number): number {
  return FIRST_RETRY_DELAY_MS * 2 ** (tries - 1) * (0.5 + random());
}
