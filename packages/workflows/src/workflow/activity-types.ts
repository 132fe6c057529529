import type { BatchSummary } from "@caselink/ledger";
import type { BatchReference, ChunkResult, ChunkTask, LaneAddress, Offer, RateChange } from "./contracts.ts";

/** The activities as workflows see them; `createActivities` provides them. */
export interface BatchActivities {
  workChunk(task: ChunkTask): Promise<ChunkResult>;
  /** Signals lanes, and starts those that do not run. */
  offerToLanes(request: LaneAddress & { offers: { lane: string; offer: Offer }[] }): Promise<void>;
  signalLanes(
    request: LaneAddress & {
      lanes: string[];
      signal: "remove" | "pause" | "resume" | "setMaxRate";
      batch: BatchReference & Partial<RateChange>;
    },
  ): Promise<void>;
  finishBatch(request: {
    batchId: string;
    state: "completed" | "cancelled";
    startedAt: number;
    finishedAt: number;
  }): Promise<BatchSummary>;
}
