/**
 * How long reads of the API may lag behind writes, in milliseconds. No document says; 5 s is a safe guess, and 3 s was too
 * short. Pure: workflow code imports this module.
 */
export const READ_LAG_MS = 5_000;

/** What a read shows this long after a write is true, in milliseconds. */
export const LONGEST_READ_LAG_MS = 60_000;
