import { CancelledFailure, TerminatedFailure, TimeoutFailure } from "@temporalio/common";

/** How a workflow ended before its batch: `deleted` if Temporal does not have it any more. */
export type BatchStop = "terminated" | "cancelled" | "timed out" | "deleted" | "failed";

/** The workflow of a batch ended before the batch. The ledger has what was done, and `BatchClient.start` starts it again. */
export class BatchStoppedError extends Error {
  override readonly name = "BatchStoppedError";
  readonly batchId: string;
  readonly how: BatchStop;

  constructor(batchId: string, how: BatchStop, options?: ErrorOptions) {
    const what = how === "timed out" || how === "failed" ? how : `was ${how}`;
    super(`batch ${batchId} ${what} in Temporal${reasonOf(how, options?.cause)}`, options);
    this.batchId = batchId;
    this.how = how;
  }
}

/** What the operator or the failure says; Temporal's own words for the end are left out. */
function reasonOf(how: BatchStop, cause: unknown): string {
  const isGiven = (how === "terminated" || how === "failed") && cause instanceof Error;
  return isGiven && cause.message !== "Workflow execution terminated" ? ` (${cause.message})` : "";
}

/** How a workflow ended, by the cause of its failure. */
export function stopOf(cause: unknown): BatchStop {
  if (cause instanceof TerminatedFailure) return "terminated";
  if (cause instanceof CancelledFailure) return "cancelled";
  return cause instanceof TimeoutFailure ? "timed out" : "failed";
}
