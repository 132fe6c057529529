import { createHash, type Hash } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { listBatches, requireBatch } from "../batch/batch-files.ts";
import { openLinesOfChunks, readChunk } from "../chunk/chunk-files.ts";
import { assertBatchId, chunkIdOf } from "../batch/batch-id.ts";
import { chunkIds, type BatchRecord } from "../batch/batch-record.ts";
import { sha256 } from "../files/checksum.ts";
import type { ChunkRow, SnapshotEntry } from "../chunk/chunk.ts";
import { commitFollowUp, createdAfter, existingFollowUp, withAccount } from "./follow-ups.ts";
import { assertNeverForgotten } from "../batch/forget.ts";
import { alteredFile } from "../files/damaged-file.ts";
import { formatJsonLines, parseJsonLine, readLines } from "../files/json-lines.ts";
import { LedgerError } from "../ledger-error.ts";
import { plannedChecksum, plannedFiles } from "../batch/planned-files.ts";
import { isPlannedRow, type PlannedRow } from "../batch/planned-row.ts";
import { RowSet } from "../files/row-set.ts";
import { writeSynced } from "../store/atomic-file.ts";
import { readAhead } from "../store/read-ahead.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "../batch/summary.ts";

/**
 * Commits a batch of kind `undo` of exactly the rows that another batch created. They keep their row numbers, lanes and
 * order; chunks without such a row are left out. The associations that its writes were seen to displace become further
 * rows, to be restored. For an `undoId` that exists, returns that batch.
 */
export async function planUndoBatch(
  store: Store,
  batchId: string,
  { undoId, account, now }: { undoId: string; account: string | undefined; now: Date },
): Promise<BatchRecord> {
  assertBatchId(undoId);
  const source = await requireBatch(store, batchId);
  const digest = sha256(JSON.stringify(["undo", source.id, source.input_digest]));
  const earlier = await existingFollowUp(store, undoId, digest);
  if (earlier) return earlier;
  await assertNeverForgotten(store, undoId);
  await assertUndoable(store, source);

  const stage = await store.createStagingFolder();
  try {
    const folder = join(stage.folder, "batch");
    await mkdir(join(folder, "chunks"), { recursive: true });
    await mkdir(join(folder, "rows"));
    const created = await writeCreatedChunks(store, source, folder);
    const lines = await writeCreatedRows(store, source, created, folder);
    const record: BatchRecord = {
      ...withAccount(source, account),
      id: undoId,
      kind: "undo",
      of: source.id,
      created_at: createdAfter(source, await listBatches(store), now),
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

/** The number of the first row to restore. No input has this many rows. */
const FIRST_RESTORED_ROW = 1_000_000_000_000;

interface CreatedRows {
  rows: RowSet;
  /** The rows to restore, by the number of a row of their ticket in the source. */
  restored: Map<number, ChunkRow[]>;
  rowCount: number;
  ticketCount: number;
  chunks: Record<string, number>;
}

async function writeCreatedChunks(store: Store, source: BatchRecord, folder: string): Promise<CreatedRows> {
  const all: CreatedRows = { rows: new RowSet(), restored: new Map(), rowCount: 0, ticketCount: 0, chunks: {} };
  let nextRow = FIRST_RESTORED_ROW;
  const resultsOf = await openLinesOfChunks(store, source.id, "results");
  const snapshotOf = await openLinesOfChunks(store, source.id, "snapshots");
  const stored = readAhead(chunkIds(source), async (chunkId) => ({
    chunkId,
    results: (await resultsOf(chunkId))?.lines ?? [],
    lost: lostOf((await snapshotOf(chunkId))?.lines ?? []),
    chunk: await readChunk(store, source.id, chunkId),
  }));
  for await (const { chunkId, results, lost, chunk } of stored) {
    const outcomes = new Map(results.map(({ row, outcome }) => [row, outcome]));
    const tickets = chunk
      .map((entry) => {
        const created = entry.rows.filter(({ row }) => outcomes.get(row) === "created");
        const isCreated = new Set(created.map(({ related }) => related));
        // An association that the batch itself had created is not restored.
        const missing = (lost.get(entry.ticket) ?? []).filter((related) => !isCreated.has(related));
        const restored = missing.map((related) => ({ row: nextRow++, related, restore: true as const }));
        const [anchor] = entry.rows;
        if (anchor && restored.length > 0) all.restored.set(anchor.row, restored);
        for (const { row } of created) all.rows.add(row);
        // Each created row removes its own association, whatever the row says about another one.
        const removed = created.map(({ row, related }) => ({ row, related }));
        return { ...entry, rows: [...removed, ...restored] };
      })
      .filter((entry) => entry.rows.length > 0);
    if (tickets.length === 0) continue;
    const lane = chunkId.charAt(0);
    const index = all.chunks[lane] ?? 0;
    all.chunks[lane] = index + 1;
    all.ticketCount += tickets.length;
    for (const { rows } of tickets) all.rowCount += rows.length;
    await writeSynced(join(folder, "chunks", `${chunkIdOf(lane, index)}.jsonl`), formatJsonLines(tickets));
  }
  return all;
}

function lostOf(snapshot: readonly SnapshotEntry[]): Map<string, readonly string[]> {
  return new Map(snapshot.flatMap(({ ticket, lost }) => (lost ? [[ticket, lost] as const] : [])));
}

/**
 * Copies the created rows unchanged, so that the undo's report has all their columns, and adds a row for each
 * association to restore. Returns the number of their lines.
 */
async function writeCreatedRows(
  store: Store,
  source: BatchRecord,
  { rows: created, restored }: CreatedRows,
  folder: string,
): Promise<number> {
  const restoredRows: PlannedRow[] = [];
  let lineCount = 0;
  let last = "";
  for (const path of await plannedFiles(store, source.id, "rows")) {
    const file = await open(join(folder, "rows", basename(path)), "wx");
    const checksum = createHash("sha256");
    try {
      let lineNumber = 0;
      for await (const lines of readLines(hashed(store.read(path), checksum), store.describe(path))) {
        const copied: string[] = [];
        for (const text of lines) {
          const row = parseJsonLine(text, ++lineNumber, store.describe(path), isPlannedRow);
          for (const { row: number, related } of restored.get(row.row) ?? []) {
            restoredRows.push({ ...row, row: number, related_id: related, other: null, outcome: null, reason: null });
          }
          if (!created.has(row.row)) continue;
          copied.push(`${text}\n`);
          const place = `${row.file}:${row.line}`;
          if (place !== last) lineCount++;
          last = place;
        }
        if (copied.length > 0) await file.write(copied.join(""));
      }
      if (checksum.digest("hex") !== (await plannedChecksum(store, source.id, path)))
        throw alteredFile(store.describe(path));
      await file.sync();
    } finally {
      await file.close();
    }
  }
  if (restoredRows.length > 0) {
    restoredRows.sort((a, b) => a.row - b.row);
    await writeSynced(join(folder, "rows", "restored.jsonl"), formatJsonLines(restoredRows));
  }
  return lineCount;
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    hash.update(bytes);
    yield bytes;
  }
}
