import type { BatchSummary } from "@caselink/ledger";
import type { ChunkResult, ChunkTask, LaneAddress, Order, WaitReason } from "./contracts.ts";

/** An order without the run that sends it: the activity knows it. */
export type UnsentOrder = Omit<Order, "run">;

/** The activities as workflows see them; `createActivities` provides them. */
export interface BatchActivities {
  workChunk(task: ChunkTask): Promise<ChunkResult>;
  /** Ends as soon as a worker of the account takes it: then one is there. */
  attend(): Promise<void>;
  /** Why the API rejects the account of a worker; null if it does not any more. */
  rejection(): Promise<WaitReason | null>;
  /**
   * Sends orders to lanes, and starts those that do not run. `stopsTurns`: turns of the batch in this process stop.
   * `isResumed`: an operator has fixed what a worker's credentials were rejected for.
   * @returns when Temporal queued the attempt, in milliseconds since 1970 on its clock; nothing from a worker of 0.1.0
   */
  sendOrders(
    request: LaneAddress & {
      orders: { lane: string; order: UnsentOrder }[];
      stopsTurns?: boolean;
      isResumed?: boolean;
    },
  ): Promise<{ at: number } | undefined>;
  finishBatch(request: {
    batchId: string;
    state: "completed" | "cancelled";
    startedAt: number;
    finishedAt: number;
  }): Promise<BatchSummary>;
}
