/** Temporal has a batch of the same id that was planned elsewhere: its progress and its end are not those of this one. */
export class OtherBatchError extends Error {
  override readonly name = "OtherBatchError";
  readonly batchId: string;

  constructor(batchId: string, { startedAt, isRunning }: { startedAt: Date; isRunning: boolean }) {
    const state = isRunning ? "still runs" : "has ended";
    super(
      `Temporal has another batch ${batchId}: it was planned in another ledger, started at ${startedAt.toISOString()} and ${state}`,
    );
    this.batchId = batchId;
  }
}
