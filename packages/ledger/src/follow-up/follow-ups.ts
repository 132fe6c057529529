import { batchPath, readBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { LedgerError } from "../ledger-error.ts";
import { COMMIT_ORDER, sealBatch } from "../batch/planned-files.ts";
import type { Store } from "../store/store.ts";

/** The batches made of a batch's rows, and those made of these, oldest first. All have the row numbers of the first. */
export function followUpsOf(batchId: string, records: readonly BatchRecord[]): BatchRecord[] {
  const family = new Set([batchId]);
  const oldestFirst = records.toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return oldestFirst.filter(({ id, of }) => of !== undefined && family.has(of) && family.add(id));
}

/** The follow-up of that id, where it is there already. Throws `batch-exists` where the id is another batch's. */
export async function existingFollowUp(store: Store, id: string, digest: string): Promise<BatchRecord | undefined> {
  const record = await readBatch(store, id);
  if (record === undefined || record.input_digest === digest) return record;
  throw new LedgerError("batch-exists", `There is already another batch ${id}; choose another id.`);
}

/** Makes what lies in a folder the batch of that record; of several who do so at once, all get the first one's. */
export async function commitFollowUp(store: Store, folder: string, record: BatchRecord): Promise<BatchRecord> {
  const { starts_later: _, ...own } = record; // it is started at once, whatever the first batch was
  const { id, input_digest } = own;
  const sealed = await sealBatch(folder, own);
  if (await store.adopt(folder, batchPath(id), COMMIT_ORDER)) return sealed;
  const winner = await existingFollowUp(store, id, input_digest);
  if (winner) return winner;
  throw new LedgerError("storage", `${store.describe(batchPath(id))} is in the way: it is no batch. Move it away.`);
}
