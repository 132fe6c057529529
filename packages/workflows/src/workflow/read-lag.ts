/**
 * How long reads of the API may lag behind writes, in milliseconds. No document says; 5 s is a safe guess, and 3 s was too
 * short. The ledger has the same number: workflow code cannot import it.
 */
export const READ_LAG_MS = 5_000;
