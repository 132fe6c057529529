/**
 * How long the API may go on showing what was before a write, in milliseconds. No document says; five seconds are a guess on
 * the safe side, and three were not. Pure: workflow code imports this module.
 */
export const READ_LAG_MS = 5_000;
