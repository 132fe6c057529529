/** Temporal has a batch of the same id that was planned elsewhere: its progress and its end are not those of this one. */
export class OtherBatchError extends Error {
  override readonly name = "OtherBatchError";
  readonly batchId: string;
  /** When the other one was started, and whether it still runs. */
  readonly startedAt: Date;
  readonly isRunning: boolean;

  constructor(batchId: string, { startedAt, isRunning }: { startedAt: Date; isRunning: boolean }) {
    super(`Temporal has another batch ${batchId}, planned in another ledger`);
    this.batchId = batchId;
    this.startedAt = startedAt;
    this.isRunning = isRunning;
  }
}
