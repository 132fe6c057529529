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
import { formatSealedLines, parseJsonLines, parseSealedLines } from "../files/json-lines.ts";
import { LedgerError } from "../ledger-error.ts";
import { plannedChecksum } from "../batch/planned-files.ts";
import { readAhead } from "../store/read-ahead.ts";
import type { Store } from "../store/store.ts";
import { openNewestFiles, readNewestFile, writeNextFile, type ChunkFileKind } from "./chunk-versions.ts";

export async function readChunk(store: Store, batchId: string, chunkId: string): Promise<ChunkTicket[]> {
  assertChunkId(chunkId);
  const path = batchPath(batchId, "chunks", `${chunkId}.jsonl`);
  const text = await store.readText(path);
  const expected = await plannedChecksum(store, batchId, path);
  if (expected === undefined) throw new LedgerError("no-such-chunk", `Batch ${batchId} has no chunk ${chunkId}.`);
  if (text === undefined) throw missingFile(store.describe(path));
  const tickets = parseJsonLines(text, store.describe(path), isChunkTicket);
  if (sha256(text) !== expected) throw alteredFile(store.describe(path));
  return tickets;
}

/** The lines of a chunk's snapshot or results, and their version: 0 if nothing was stored yet. */
export interface StoredLines<Line> {
  version: number;
  lines: Line[];
}

type LinesOf = { snapshots: SnapshotEntry; results: RowResult };

async function readNewestLines<Kind extends ChunkFileKind>(
  store: Store,
  batchId: string,
  kind: Kind,
  chunkId: string,
): Promise<StoredLines<LinesOf[Kind]>> {
  const newest = await readNewestFile(store, batchId, kind, chunkId);
  if (newest === undefined) return { version: 0, lines: [] };
  return { version: newest.version, lines: parseLines(kind, newest.text, store.describe(newest.path)) };
}

function parseLines<Kind extends ChunkFileKind>(kind: Kind, text: string, file: string): LinesOf[Kind][] {
  const isLine = (kind === "results" ? isRowResult : isSnapshotEntry) as (line: unknown) => line is LinesOf[Kind];
  return parseSealedLines(text, file, isLine);
}

/** Returns the newest snapshot of a chunk, for an attempt that will write the next one. */
export async function readNewestSnapshot(store: Store, batchId: string, chunkId: string) {
  return readNewestLines(store, batchId, "snapshots", chunkId);
}

/** Returns the newest results of a chunk, for an attempt that will write the next ones. */
export async function readNewestResults(store: Store, batchId: string, chunkId: string) {
  return readNewestLines(store, batchId, "results", chunkId);
}

interface ChunkLines<Line> {
  text: string;
  lines: Line[];
}

/** Lists a batch's snapshots or results once. Returns a function that reads those of a chunk; undefined if it has none. */
export async function openLinesOfChunks<Kind extends ChunkFileKind>(
  store: Store,
  batchId: string,
  kind: Kind,
): Promise<(chunkId: string) => Promise<ChunkLines<LinesOf[Kind]> | undefined>> {
  const readNewestOf = await openNewestFiles(store, batchId, kind);
  return async (chunkId) => {
    const file = await readNewestOf(chunkId);
    return file && { text: file.text, lines: parseLines(kind, file.text, store.describe(file.path)) };
  };
}

/**
 * Yields the results of chunks in order. Chunks that have none are left out.
 *
 * @param filesAhead the number of files that are read in parallel; default: as many as `readAhead` reads
 */
export async function* readResultsOfChunks(
  store: Store,
  batchId: string,
  chunkIds: Iterable<string>,
  filesAhead?: number,
): AsyncGenerator<ChunkLines<RowResult> & { chunkId: string }> {
  const readNewestOf = await openNewestFiles(store, batchId, "results");
  const read = async (chunkId: string) => ({ chunkId, file: await readNewestOf(chunkId) });
  for await (const { chunkId, file } of readAhead(chunkIds, read, filesAhead)) {
    // Only now: lines take several times the memory of their text.
    if (file) yield { chunkId, text: file.text, lines: parseLines("results", file.text, store.describe(file.path)) };
  }
}

/** The whole content of a chunk's file: its lines, or the sealed lines as {@link GrowingLines} makes them. */
export type ChunkFile<Line> = readonly Line[] | Uint8Array;

const toSealed = (file: ChunkFile<object>): string | Uint8Array =>
  file instanceof Uint8Array ? file : formatSealedLines(file);

/**
 * Stores a chunk's snapshot as the version after `after`, and returns its number. Throws `conflict` if another attempt
 * has stored that version. Default: after the newest.
 */
export async function writeSnapshot(
  store: Store,
  batchId: string,
  chunkId: string,
  entries: ChunkFile<SnapshotEntry>,
  after?: number,
): Promise<number> {
  return writeNextFile(store, batchId, "snapshots", chunkId, toSealed(entries), after);
}

/** Stores a chunk's results, as {@link writeSnapshot} does. */
export async function writeResults(
  store: Store,
  batchId: string,
  chunkId: string,
  results: ChunkFile<RowResult>,
  after?: number,
): Promise<number> {
  return writeNextFile(store, batchId, "results", chunkId, toSealed(results), after);
}
