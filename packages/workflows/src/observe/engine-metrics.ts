import type { BatchSummary, LedgerErrorCode } from "@caselink/ledger";
import type { ApiOperation, RateReading } from "@caselink/sdk";
import type { OutcomeCounts, WaitReason } from "../workflow/contracts.ts";

/** A request of the API that has ended. */
export interface RequestEnd {
  operation: ApiOperation;
  /** `ok`, else the class of the failed response, or why there was no response. */
  result: string;
  /** Undefined: there was no response. */
  httpStatus: number | undefined;
  /** From sending the request to the end of the response, in milliseconds; undefined: there was no response. */
  elapsedMs: number | undefined;
}

/**
 * How an attempt at a turn ended. `worked`: nothing stood in its way. `waits`: it met a wait reason. `over`: the batch had ended
 * already. `lease-lost`: another attempt took the lane. `failed`: it threw another error, for example of the ledger.
 */
export type TurnResult = "worked" | "waits" | "over" | "lease-lost" | "failed";

/** What requests wait for: the API's limit, a request slot of the process, or the maximum rate of their batch. */
export type AwaitedBy = "limit" | "slot" | "batch-rate";

/** Requests that wait for the same. */
export interface WaitingRequests {
  operation: ApiOperation | undefined;
  waitsFor: AwaitedBy;
  count: number;
}

/** `unknown`: no worker responds for the batch, or its history cannot be replayed. */
export type OpenBatchState = "running" | "waiting" | "blocked" | "paused" | "cancelling" | "finishing" | "unknown";

/** Open batches of the API in the same state, for the same reason. */
export interface OpenBatches {
  state: OpenBatchState;
  /** Undefined: the batch does not wait for anything. */
  reason: WaitReason["kind"] | "no-worker" | undefined;
  count: number;
}

/**
 * What a worker counts and measures. The owner of each fact reports it; no method throws. Nothing that is reported names a
 * batch, a ticket or an account.
 */
export interface EngineMetrics {
  /** Rows whose outcomes were stored. */
  rowsSettled(outcomes: OutcomeCounts): void;
  requestEnded(end: RequestEnd): void;
  turnEnded(result: TurnResult, elapsedMs: number): void;
  /** This worker wrote the summary of a batch. */
  batchEnded(summary: BatchSummary): void;
  /** An attempt found that another one holds its lane. */
  leaseLost(): void;
  /** An operation of the ledger failed. */
  ledgerFailed(code: LedgerErrorCode): void;
  /** The rates of the process now, in place of those before. */
  showRates(readings: readonly RateReading[]): void;
  /** The requests that wait now, in place of those before. */
  showWaitingRequests(waiting: readonly WaitingRequests[]): void;
  /** The open batches of the API now, in place of those before. */
  showBatches(batches: readonly OpenBatches[]): void;
  /** Whether the worker polls for chunks now. */
  showPolling(isPolling: boolean): void;
}

const ignore = (): void => undefined;

/** Measures nothing. */
export const noMetrics: EngineMetrics = {
  rowsSettled: ignore,
  requestEnded: ignore,
  turnEnded: ignore,
  batchEnded: ignore,
  leaseLost: ignore,
  ledgerFailed: ignore,
  showRates: ignore,
  showWaitingRequests: ignore,
  showBatches: ignore,
  showPolling: ignore,
};
