import type { BatchSummary } from "@caselink/ledger";
import type { ChunkResult, ChunkTask, LaneAddress, Order } from "./contracts.ts";

/** An order without the run that sends it: the activity knows it. */
export type UnsentOrder = Omit<Order, "run">;

/** The activities as workflows see them; `createActivities` provides them. */
export interface BatchActivities {
  workChunk(task: ChunkTask): Promise<ChunkResult>;
  /** Sends orders to lanes, and starts those that do not run. `stopsTurns`: turns of the batch in this process stop. */
  sendOrders(
    request: LaneAddress & { orders: { lane: string; order: UnsentOrder }[]; stopsTurns?: boolean },
  ): Promise<void>;
  finishBatch(request: {
    batchId: string;
    state: "completed" | "cancelled";
    startedAt: number;
    finishedAt: number;
  }): Promise<BatchSummary>;
}
