/** Temporal has a batch of the same id from another ledger: its progress and its end are not those of this batch. */
export class OtherBatchError extends Error {
  override readonly name = "OtherBatchError";
  readonly batchId: string;
  /** The start of the other batch. */
  readonly startedAt: Date;
  /** The other batch still runs. */
  readonly isRunning: boolean;

  constructor(batchId: string, { startedAt, isRunning }: { startedAt: Date; isRunning: boolean }) {
    super(`Temporal has another batch ${batchId}, planned in another ledger`);
    this.batchId = batchId;
    this.startedAt = startedAt;
    this.isRunning = isRunning;
  }
}
