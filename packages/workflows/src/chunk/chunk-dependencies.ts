import type { Canary } from "../batch/canary.ts";
import type { RejectionClassifier } from "../batch/rejection-classifier.ts";
import type { ApiConnector } from "../process/api-connector.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import type { BatchRateLimit } from "../rate/batch-rate-limit.ts";
import type { ConcurrencyLimit } from "../rate/concurrency-limit.ts";
import type { ChunkCounts } from "../workflow/contracts.ts";
import type { ChunkLedger } from "./chunk-record.ts";
import type { LaneLeaseOptions, LeaseLedger } from "./lane-lease.ts";

/** Everything a chunk needs from outside, so that its logic runs against any API, clock and crash point. */
export interface ChunkDependencies {
  api: ApiConnector;
  ledger: ChunkLedger & LeaseLedger;
  /** The lane's name among all lanes of the ledger, and who this attempt is. */
  lease: Pick<LaneLeaseOptions, "lane" | "holder" | "hasExited">;
  overLimit: "refuse" | "fill";
  canary: Canary;
  classifier: RejectionClassifier;
  /** Whether credentials are refused, as the whole process knows it; default: nobody is kept back. */
  credentials?: CredentialsGate;
  /** Makes one call of the API when the process has room for it; bounds what is in flight over all chunks. */
  withRequestSlot: <Result>(call: () => Promise<Result>) => Promise<Result>;
  /** The batch's own maximum; default: none. */
  batchRateLimit?: BatchRateLimit;
  /** Tickets that each lane of the process works at the same time. */
  concurrencyLimit: ConcurrencyLimit;
  /** The most tickets that the lane may work at the same time now, so that all lanes share the process's; default: no other bound. */
  maxConcurrency?: () => number;
  /**
   * Aborted: the turn ends as soon as the requests under way have. Waits end, also of what is in doubt, and reads that
   * nothing depends on.
   */
  stop: AbortSignal;
  now: () => number;
  random: () => number;
  /** Resolves after that time, or as soon as the signal is aborted. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Told what this attempt has settled so far. */
  onProgress?: (counts: ChunkCounts) => void;
}
