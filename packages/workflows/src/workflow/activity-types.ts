import type { BatchSummary } from "@caselink/ledger";
import type {
  BatchReference,
  ChunkResult,
  ChunkTask,
  LaneAddress,
  Offer,
  RateChange,
  WaitReason,
} from "./contracts.ts";

/** The activities as workflows see them; `createActivities` provides them. */
export interface BatchActivities {
  workChunk(task: ChunkTask): Promise<ChunkResult>;
  /** Ends as soon as a worker of the account takes it: then one is there. */
  attend(): Promise<void>;
  /** Why the API rejects the account of a worker; null if it does not any more. */
  rejection(): Promise<WaitReason | null>;
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
