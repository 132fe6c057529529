import { createHash, type Hash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { readChunk, readResults, requireBatch } from "./batch-files.ts";
import { assertBatchId, chunkIdOf } from "./batch-id.ts";
import { chunkIds, type BatchRecord } from "./batch-record.ts";
import { commitFollowUp, existingFollowUp } from "./follow-ups.ts";
import { assertNeverForgotten } from "./forget.ts";
import { alteredFile } from "./damage.ts";
import { formatJsonLines, parseJsonLine, readLines } from "./json-lines.ts";
import { LedgerError } from "./ledger-error.ts";
import { plannedChecksum, plannedFiles } from "./manifest.ts";
import { isPlannedRow } from "./planned-row.ts";
import { writeSynced } from "./store/atomic-file.ts";
import { readAhead } from "./store/read-ahead.ts";
import type { Store } from "./store/store.ts";
import { readSummary } from "./summary.ts";

/**
 * Commits a batch of kind `undo` of exactly the rows that another batch created. They keep their row numbers, lanes
 * and order; chunks without such a row are left out. The same `undoId` returns the batch that is there.
 */
export async function planUndoBatch(store: Store, batchId: string, undoId: string, now: Date): Promise<BatchRecord> {
  assertBatchId(undoId);
  const source = await requireBatch(store, batchId);
  const digest = createHash("sha256")
    .update(JSON.stringify(["undo", source.id, source.input_digest]))
    .digest("hex");
  const earlier = await existingFollowUp(store, undoId, digest);
  if (earlier) return earlier;
  await assertNeverForgotten(store, undoId);
  await assertUndoable(store, source);

  const stage = await store.createStage();
  try {
    const folder = join(stage.folder, "batch");
    await mkdir(join(folder, "chunks"), { recursive: true });
    await mkdir(join(folder, "rows"));
    const created = await writeCreatedChunks(store, source, folder);
    const lines = await writeCreatedRows(store, source, created.rows, folder);
    const record: BatchRecord = {
      ...source,
      id: undoId,
      kind: "undo",
      of: source.id,
      created_at: now.toISOString(),
      input_digest: digest,
      counts: {
        rows: created.rowCount,
        lines,
        tickets: created.ticketCount,
        to_send: created.rowCount,
        tickets_to_send: created.ticketCount,
        duplicate: 0,
        limit_reached: 0,
        invalid: 0,
      },
      chunks: created.chunks,
    };
    return await commitFollowUp(store, folder, record);
  } finally {
    await stage.remove();
  }
}

async function assertUndoable(store: Store, source: BatchRecord): Promise<void> {
  if (source.kind === "undo") {
    throw new LedgerError(
      "not-undoable",
      `${source.id} is itself an undo (of ${source.of}); run the file again to create the associations.`,
    );
  }
  if ((await readSummary(store, source.id)) === undefined) {
    throw new LedgerError(
      "not-finished",
      `Batch ${source.id} has not ended yet. Let it end or cancel it, then undo it.`,
    );
  }
}

interface CreatedRows {
  rows: RowSet;
  rowCount: number;
  ticketCount: number;
  chunks: Record<string, number>;
}

async function writeCreatedChunks(store: Store, source: BatchRecord, folder: string): Promise<CreatedRows> {
  const all: CreatedRows = { rows: new RowSet(), rowCount: 0, ticketCount: 0, chunks: {} };
  const stored = readAhead(
    chunkIds(source),
    async (chunkId) =>
      [chunkId, await readResults(store, source.id, chunkId), await readChunk(store, source.id, chunkId)] as const,
  );
  for await (const [chunkId, results, chunk] of stored) {
    const outcomes = new Map(results.map(({ row, outcome }) => [row, outcome]));
    const tickets = chunk
      .map((entry) => ({ ...entry, rows: entry.rows.filter(({ row }) => outcomes.get(row) === "created") }))
      .filter((entry) => entry.rows.length > 0);
    if (tickets.length === 0) continue;
    const lane = chunkId.charAt(0);
    const index = all.chunks[lane] ?? 0;
    all.chunks[lane] = index + 1;
    all.ticketCount += tickets.length;
    for (const { row } of tickets.flatMap((entry) => entry.rows)) {
      all.rows.add(row);
      all.rowCount++;
    }
    await writeSynced(join(folder, "chunks", `${chunkIdOf(lane, index)}.jsonl`), formatJsonLines(tickets));
  }
  return all;
}

/** Copies the created rows as they stand, so that the undo batch's report shows them in full; returns their lines. */
async function writeCreatedRows(store: Store, source: BatchRecord, created: RowSet, folder: string): Promise<number> {
  let lineCount = 0;
  let last = "";
  for (const path of await plannedFiles(store, source.id, "rows")) {
    const file = await open(join(folder, "rows", basename(path)), "wx");
    const checksum = createHash("sha256");
    try {
      let lineNumber = 0;
      for await (const lines of readLines(hashed(store.read(path), checksum), store.describe(path))) {
        const kept: string[] = [];
        for (const text of lines) {
          const row = parseJsonLine(text, ++lineNumber, store.describe(path), isPlannedRow);
          if (!created.has(row.row)) continue;
          kept.push(`${text}\n`);
          const place = `${row.file}:${row.line}`;
          if (place !== last) lineCount++;
          last = place;
        }
        if (kept.length > 0) await file.write(kept.join(""));
      }
      if (checksum.digest("hex") !== (await plannedChecksum(store, source.id, path)))
        throw alteredFile(store.describe(path));
      await file.sync();
    } finally {
      await file.close();
    }
  }
  return lineCount;
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    hash.update(bytes);
    yield bytes;
  }
}

/** Row numbers as bits: ten million rows take 1.3 MB. */
class RowSet {
  #bits = new Uint8Array(1024);

  add(row: number): void {
    if (row >> 3 >= this.#bits.length) {
      const bits = new Uint8Array((row >> 3) * 2);
      bits.set(this.#bits);
      this.#bits = bits;
    }
    this.#bits[row >> 3] = (this.#bits[row >> 3] ?? 0) | (1 << (row & 7));
  }

  has(row: number): boolean {
    return ((this.#bits[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }
}
