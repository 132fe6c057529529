import { batchPath } from "../batch/batch-files.ts";
import { assertChunkId } from "../batch/batch-id.ts";
import {
  isChunkTicket,
  isRowResult,
  isSnapshotEntry,
  type ChunkTicket,
  type RowResult,
  type SnapshotEntry,
} from "./chunk.ts";
import { sha256 } from "../files/checksum.ts";
import { alteredFile, missingFile } from "../files/damaged-file.ts";
import { formatJsonLine, formatSealedLines, parseJsonLines, parseSealedLines } from "../files/json-lines.ts";
import { LedgerError } from "../ledger-error.ts";
import { plannedChecksum } from "../batch/planned-files.ts";
import type { Store } from "../store/store.ts";

function chunkPath(batchId: string, kind: "chunks" | "snapshots" | "results", chunkId: string): string {
  assertChunkId(chunkId);
  return batchPath(batchId, kind, `${chunkId}.jsonl`);
}

export async function readChunk(store: Store, batchId: string, chunkId: string): Promise<ChunkTicket[]> {
  const path = chunkPath(batchId, "chunks", chunkId);
  const text = await store.readText(path);
  const expected = await plannedChecksum(store, batchId, path);
  if (expected === undefined) throw new LedgerError("no-such-chunk", `Batch ${batchId} has no chunk ${chunkId}.`);
  if (text === undefined) throw missingFile(store.describe(path));
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

/**
 * The lines of entries. An entry does not change, and the whole snapshot is written again when a few entries are added.
 */
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
