/** Something went wrong while a batch was under way; the batch is safe, and the message says how to go on. */
export class UnfinishedError extends Error {
  override readonly name = "UnfinishedError";
  readonly batchId: string;

  constructor(batchId: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.batchId = batchId;
  }
}
