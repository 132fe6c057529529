import type { Ledger } from "@caselink/ledger";
import type { Canary } from "../batch/canary.ts";
import type { RejectionClassifier } from "../batch/rejection-classifier.ts";
import type { ApiConnector } from "../process/api-connector.ts";
import type { ApiSymmetry } from "../process/api-symmetry.ts";
import type { CredentialsGate } from "../process/credentials-gate.ts";
import type { ConcurrencyLimit } from "../rate/concurrency-limit.ts";
import type { BatchRequests } from "../rate/request-queues.ts";
import type { ChunkCounts, OutcomeCounts } from "../workflow/contracts.ts";
import type { ChunkLedger } from "./chunk-record.ts";
import type { LaneLeaseOptions, LeaseLedger } from "./lane-lease.ts";
import type { ReadLag } from "./read-lag.ts";
import type { SharedTickets } from "./shared-tickets.ts";

/** Everything that a chunk needs from outside: its logic runs against any API, clock and crash point. */
export interface ChunkDependencies {
  api: ApiConnector;
  ledger: ChunkLedger & LeaseLedger & Pick<Ledger, "summary">;
  /** The lane's name among all lanes of the ledger, and this attempt as holder of its lease. */
  lease: Pick<LaneLeaseOptions, "lane" | "holder" | "hasExited">;
  overLimit: "refuse" | "fill";
  canary: Canary;
  classifier: RejectionClassifier;
  /** Whether the API is symmetric, and what to do when it turns out to be; default: no one asks. */
  symmetry?: Pick<ApiSymmetry, "isSymmetric" | "learn">;
  /** The tickets that the turns of the process write to, on a symmetric API. */
  sharedTickets?: SharedTickets;
  /** Keeps the process from sending rejected credentials again and again; default: every request is sent. */
  credentials?: CredentialsGate;
  /** The batch's queue for request slots and permits of the process. */
  requests: BatchRequests;
  /** Tickets that each lane of the process works at the same time. */
  concurrencyLimit: ConcurrencyLimit;
  /** The most tickets that the lane may work at the same time now, so that all lanes share the process's; default: no other bound. */
  maxConcurrency?: () => number;
  /**
   * Aborted when the turn has to end as soon as its requests in flight have ended. All waits end, also those for ambiguous
   * writes, and so do reads on which nothing depends.
   */
  stop: AbortSignal;
  now: () => number;
  random: () => number;
  /** How long reads may lag behind writes; default: 5 s, or what the batch sees. */
  readLag?: ReadLag;
  /** Resolves after that time, or when the signal is aborted. */
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Called with the counts of what this attempt has settled so far. */
  onProgress?: (counts: ChunkCounts) => void;
  /** Called with the rows that were settled since the last call, each time when their results are stored. */
  onSettled?: (outcomes: OutcomeCounts) => void;
  /** Does the work on a ticket, perhaps in a span; default: without one. */
  inTicketSpan?: <Result>(work: () => Promise<Result>) => Promise<Result>;
}
