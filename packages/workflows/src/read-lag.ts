/**
 * How long the API may show what was before a write, in milliseconds. No document says; five seconds are a guess on the safe
 * side, and three of them were not.
 */
export const READ_LAG_MS = 5_000;
