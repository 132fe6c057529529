import { batchPath, readBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { LedgerError } from "../ledger-error.ts";
import { COMMIT_ORDER, sealBatch } from "../batch/planned-files.ts";
import type { Store } from "../store/store.ts";

/**
 * Returns the retries and undos of a batch, and those of these, oldest first. All have the row numbers of the first
 * batch.
 */
export function followUpsOf(batchId: string, records: readonly BatchRecord[]): BatchRecord[] {
  const family = new Set([batchId]);
  const oldestFirst = records.toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return oldestFirst.filter(({ id, of }) => of !== undefined && family.has(of) && family.add(id));
}

/**
 * Returns when a follow-up was planned, as its record says: now, but after its batch and all earlier follow-ups. They count
 * in this order, and the clocks of the machines that plan them may differ.
 *
 * @param records all batches of the ledger
 */
export function createdAfter(source: BatchRecord, records: readonly BatchRecord[], now: Date): string {
  const first = firstOf(source, records);
  const family = [first, ...followUpsOf(first.id, records), source];
  return new Date(Math.max(now.getTime(), ...family.map((record) => Date.parse(record.created_at) + 1))).toISOString();
}

/** The batch that a follow-up goes back to. It, or one between, may have been forgotten. */
function firstOf(record: BatchRecord, records: readonly BatchRecord[]): BatchRecord {
  const source = records.find(({ id }) => id === record.of);
  return source ? firstOf(source, records) : record;
}

/** The record with another account: a follow-up belongs to the account that plans it. */
export function withAccount(record: BatchRecord, account: string | undefined): BatchRecord {
  const { account: _, ...rest } = record;
  return { ...rest, ...(account !== undefined && { account }) };
}

/** Returns the follow-up with this id if it exists. Throws `batch-exists` if the id belongs to another batch. */
export async function existingFollowUp(store: Store, id: string, digest: string): Promise<BatchRecord | undefined> {
  const record = await readBatch(store, id);
  if (record === undefined || record.input_digest === digest) return record;
  throw new LedgerError("batch-exists", `There is already another batch ${id}. Choose another id.`);
}

/**
 * Makes the files of a folder the batch of this record. If several processes do so at the same time, all get the first
 * one's.
 */
export async function commitFollowUp(store: Store, folder: string, record: BatchRecord): Promise<BatchRecord> {
  const { starts_later: _, ...own } = record; // it is not a saved plan, even if the first batch was
  const { id, input_digest } = own;
  const sealed = await sealBatch(folder, own);
  if (await store.adopt(folder, batchPath(id), COMMIT_ORDER)) return sealed;
  const winner = await existingFollowUp(store, id, input_digest);
  if (winner) return winner;
  throw new LedgerError(
    "storage",
    `${store.describe(batchPath(id))} is in the way: it is not a batch. Move it to another place.`,
  );
}
