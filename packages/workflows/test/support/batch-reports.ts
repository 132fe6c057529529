import type { BatchInput, ChunkReport } from "../../src/workflow/contracts.ts";
import type { BatchState } from "../../src/workflow/batch-state.ts";

export const input: BatchInput = {
  batchId: "b",
  kind: "create",
  endpointKey: "api",
  chunks: { "0": 2, a: 1 },
  rows: 9,
  tickets: 3,
  giveUpAfterMs: 1_000_000,
};

export const report = (lane: string, index: number, more: Partial<ChunkReport> = {}): ChunkReport => ({
  turn: 1,
  lane,
  index,
  counts: { outcomes: { created: 3 }, settledTickets: 1 },
  deferred: 0,
  retryable: 0,
  ambiguous: 0,
  isDone: true,
  ...more,
});

export const ordersOf = (state: BatchState, now: number) => {
  state.startDue(now);
  return state
    .takeOrders(now)
    .map(({ lane, order: { ranges, mustConfirm } }) => [lane, ranges, ...(mustConfirm ? ["confirm"] : [])]);
};
/** A turn that failed as a whole. */
export const failedReport = (lane: string, index: number, more: Partial<ChunkReport> = {}): ChunkReport => {
  const { counts: _, ...facts } = report(lane, index, { deferred: 1, isDone: false, ...more });
  return facts;
};
