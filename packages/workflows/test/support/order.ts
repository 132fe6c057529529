import type { Order } from "../../src/workflow/contracts.ts";

/** An order of one chunk. */
export const ORDER: Order = {
  batchId: "b",
  kind: "create",
  run: "run-1",
  runStartedAt: 1,
  sequence: 1,
  resumes: 0,
  ranges: [{ from: 0, to: 1 }],
};
