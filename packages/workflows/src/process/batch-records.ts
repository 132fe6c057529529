import { ApplicationFailure } from "@temporalio/activity";
import type { BatchRecord, Ledger } from "@caselink/ledger";
import { RecentlyUsed } from "./recently-used.ts";

/** The records of the batches that a process works, read once. */
export class BatchRecords {
  readonly #ledger: Ledger;
  readonly #records = new RecentlyUsed<BatchRecord>(() => performance.now());

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async get(batchId: string): Promise<BatchRecord> {
    const record = this.#records.get(batchId) ?? (await this.#ledger.batch(batchId));
    if (!record) {
      const message = `the ledger ${this.#ledger.location} of this worker has no batch ${batchId}; let CASELINK_LEDGER name the ledger that the batch was planned in`;
      throw ApplicationFailure.nonRetryable(message, "Ledger");
    }
    this.#records.set(batchId, record);
    return record;
  }

  forget(batchId: string): void {
    this.#records.delete(batchId);
  }
}
