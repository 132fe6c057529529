import { assertBatchId, isBatchId } from "./batch-id.ts";
import { parseBatchRecord, type BatchRecord } from "./batch-record.ts";
import { LedgerError } from "../ledger-error.ts";
import { readAhead } from "../store/read-ahead.ts";
import type { Store } from "../store/store.ts";

const BATCHES = "batches";

/** Returns the path of a batch's file in the store. Throws `bad-id` for an id that must not be part of a path. */
export function batchPath(batchId: string, ...rest: string[]): string {
  assertBatchId(batchId);
  return [BATCHES, batchId, ...rest].join("/");
}

export async function readBatch(store: Store, batchId: string): Promise<BatchRecord | undefined> {
  const path = batchPath(batchId, "batch.json");
  const text = await store.readText(path);
  return text === undefined ? undefined : parseBatchRecord(text, store.describe(path));
}

/** Returns the record of a batch. Throws `no-such-batch` if there is none. */
export async function requireBatch(store: Store, batchId: string): Promise<BatchRecord> {
  const record = await readBatch(store, batchId);
  if (record === undefined) {
    throw new LedgerError(
      "no-such-batch",
      `There is no batch ${batchId} in ${store.location}; "caselink list" shows what is there.`,
    );
  }
  return record;
}

export async function listBatches(store: Store): Promise<BatchRecord[]> {
  const records: BatchRecord[] = [];
  // A folder with another name is not a batch's; one without a record was never committed.
  const names = (await store.list(BATCHES)).filter(isBatchId);
  for await (const record of readAhead(names, (name) => readBatch(store, name))) {
    if (record) records.push(record);
  }
  return records.sort((a, b) => compare(b.created_at, a.created_at) || compare(b.id, a.id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
