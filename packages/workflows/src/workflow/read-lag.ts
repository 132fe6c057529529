/**
 * How long reads of the API may lag behind writes, in milliseconds. No document says; 5 s is a safe guess, and 3 s was too
 * short. Pure: workflow code imports this module.
 */
export const READ_LAG_MS = 5_000;
