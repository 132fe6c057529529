/** A batch ended before an action reached it: it has nothing left to pause, to resume, to cancel or to send more slowly. */
export class BatchEndedError extends Error {
  override readonly name = "BatchEndedError";
  readonly batchId: string;

  constructor(batchId: string, options?: ErrorOptions) {
    super(`batch ${batchId} has ended`, options);
    this.batchId = batchId;
  }
}
