import { assertBatchId, assertChunkId, isBatchId } from "./batch-id.ts";
import { parseBatchRecord, type BatchRecord } from "./batch-record.ts";
import {
  isChunkTicket,
  isRowResult,
  isSnapshotEntry,
  type ChunkTicket,
  type RowResult,
  type SnapshotEntry,
} from "./chunk.ts";
import { sha256 } from "./checksum.ts";
import { alteredFile, lostFile } from "./damage.ts";
import { formatJsonLine, formatSealedLines, parseJsonLines, parseSealedLines } from "./json-lines.ts";
import { LedgerError } from "./ledger-error.ts";
import { plannedChecksum } from "./manifest.ts";
import { readAhead } from "./store/read-ahead.ts";
import type { Store } from "./store/store.ts";

const BATCHES = "batches";

/** Paths of a batch's files in the store. Every id is checked here, before it becomes part of a path. */
export function batchPath(batchId: string, ...rest: string[]): string {
  assertBatchId(batchId);
  return [BATCHES, batchId, ...rest].join("/");
}

function chunkPath(batchId: string, kind: "chunks" | "snapshots" | "results", chunkId: string): string {
  assertChunkId(chunkId);
  return batchPath(batchId, kind, `${chunkId}.jsonl`);
}

export async function readBatch(store: Store, batchId: string): Promise<BatchRecord | undefined> {
  const path = batchPath(batchId, "batch.json");
  const text = await store.readText(path);
  return text === undefined ? undefined : parseBatchRecord(text, store.describe(path));
}

/** Throws `no-such-batch` where {@link readBatch} finds none. */
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
  // A folder with another name is someone else's; one without a record was never committed.
  const names = (await store.list(BATCHES)).filter(isBatchId);
  for await (const record of readAhead(names, (name) => readBatch(store, name))) {
    if (record) records.push(record);
  }
  return records.sort((a, b) => compare(b.created_at, a.created_at) || compare(b.id, a.id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export async function readChunk(store: Store, batchId: string, chunkId: string): Promise<ChunkTicket[]> {
  const path = chunkPath(batchId, "chunks", chunkId);
  const text = await store.readText(path);
  const expected = await plannedChecksum(store, batchId, path);
  if (expected === undefined) throw new LedgerError("no-such-chunk", `Batch ${batchId} has no chunk ${chunkId}.`);
  if (text === undefined) throw lostFile(store.describe(path));
  const tickets = parseJsonLines(text, store.describe(path), isChunkTicket);
  if (sha256(text) !== expected) throw alteredFile(store.describe(path));
  return tickets;
}

export async function readSnapshot(store: Store, batchId: string, chunkId: string): Promise<SnapshotEntry[]> {
  const path = chunkPath(batchId, "snapshots", chunkId);
  const text = await store.readText(path);
  return text === undefined ? [] : parseSealedLines(text, store.describe(path), isSnapshotEntry);
}

export async function readResults(store: Store, batchId: string, chunkId: string): Promise<RowResult[]> {
  const path = chunkPath(batchId, "results", chunkId);
  const text = await store.readText(path);
  return text === undefined ? [] : parseSealedLines(text, store.describe(path), isRowResult);
}

/** Entries are never changed, and a snapshot is stored again with each few that come to it. */
const snapshotLines = new WeakMap<SnapshotEntry, string>();

function formatSnapshotLine(entry: SnapshotEntry): string {
  const known = snapshotLines.get(entry);
  if (known !== undefined) return known;
  const line = formatJsonLine(entry);
  snapshotLines.set(entry, line);
  return line;
}

export async function writeSnapshot(store: Store, batchId: string, chunkId: string, entries: SnapshotEntry[]) {
  await store.write(chunkPath(batchId, "snapshots", chunkId), formatSealedLines(entries, formatSnapshotLine));
}

export async function writeResults(store: Store, batchId: string, chunkId: string, results: RowResult[]) {
  await store.write(chunkPath(batchId, "results", chunkId), formatSealedLines(results));
}
