let count = 0;

/** An id that no other batch of the test run has: the Temporal server of the run keeps the ids of all. */
export const newBatch = (prefix = "batch"): string => `${prefix}-${process.pid}-${Date.now()}-${(count += 1)}`;
