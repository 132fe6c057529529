import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { listBatches, readBatch, requireBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { openDatabase, sqlText, type Database } from "../database.ts";
import { commitFollowUp, createdAfter, followUpsOf, withAccount } from "./follow-ups.ts";
import { readForgottenAt } from "../batch/forget.ts";
import { sha256 } from "../files/checksum.ts";
import { LedgerError } from "../ledger-error.ts";
import { eachRowsFile } from "../batch/planned-files.ts";
import { RETRIED_OUTCOMES, type Outcome } from "../outcome.ts";
import { createRowTables } from "../plan/row-table.ts";
import { createLaneRows } from "../plan/lane-rows.ts";
import { TICKETS_PER_CHUNK, writeChunks } from "../plan/output/write-chunks.ts";
import { writeRows } from "../plan/output/write-rows.ts";
import { loadCurrentOutcomes } from "../report/current-outcomes.ts";
import { jsonSource } from "../report/report-rows.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "../batch/summary.ts";

export interface RetryOptions {
  /** The outcomes of the rows to take. Default: {@link RETRIED_OUTCOMES}. */
  outcomes?: readonly Outcome[];
  /** The account whose workers work the new batch, as a digest without any secret. Default: unknown. */
  account?: string;
  /** Called before a new batch is committed. If it returns `false`, nothing is committed. */
  confirm?: (planned: BatchRecord) => Promise<boolean>;
}

/**
 * Commits a batch of the rows of another that ended with one of the outcomes. They keep their row numbers, lines and
 * other columns. Rows that the plan found invalid or duplicate are never taken, because they would be so again.
 */
export async function planRetryBatch(
  store: Store,
  batchId: string,
  options: RetryOptions,
  now: Date,
): Promise<BatchRecord | undefined> {
  const source = await retriedBatch(store, batchId);
  const outcomes = [...new Set<Outcome>(options.outcomes ?? RETRIED_OUTCOMES)].sort();
  const digest = sha256(JSON.stringify(["retry", source.id, source.input_digest, outcomes]));
  const records = await listBatches(store);
  const followUps = followUpsOf(source.id, records);
  const running = await unfinishedRetry(store, followUps);
  if (running?.input_digest === digest) return running;
  if (running) {
    throw new LedgerError(
      "not-finished",
      `Retry ${running.id} of batch ${source.id} takes rows with other outcomes and has not ended. Let it end or cancel it first.`,
    );
  }

  // From the records read above: two processes that retry at the same time choose the same id, and so get one batch.
  const id = await freeRetryId(store, source.id, new Set(records.map((record) => record.id)));
  const stage = await store.createStagingFolder();
  try {
    const folder = join(stage.folder, "batch");
    await mkdir(folder);
    const database = await openDatabase(join(stage.folder, "spill"));
    try {
      await loadCurrentOutcomes(database, store, [source, ...followUps]);
      await takeRows(database, store, source, outcomes);
      const rows = await database.count("SELECT count(*) FROM input");
      if (rows === 0) return undefined;
      const record = {
        ...withAccount(source, options.account),
        id,
        of: source.id,
        created_at: createdAfter(source, records, now),
        input_digest: digest,
      };
      const planned = await writeFiles(database, record, rows, folder);
      if (options.confirm && !(await options.confirm(planned))) return undefined;
      return await commitFollowUp(store, folder, planned);
    } finally {
      database.close();
    }
  } finally {
    await stage.remove();
  }
}

/** Returns the first batch of a batch and its retries. Throws if it cannot be retried. */
async function retriedBatch(store: Store, batchId: string): Promise<BatchRecord> {
  const named = await requireBatch(store, batchId);
  if (named.kind === "undo") {
    throw new LedgerError(
      "not-retryable",
      `${batchId} is an undo (of ${named.of}); undo that one again: it takes the rows that are left.`,
    );
  }
  const first = named.of === undefined ? undefined : await readBatch(store, named.of);
  const source = first ?? named; // the first batch may have been forgotten
  if ((await readSummary(store, source.id)) === undefined) {
    throw new LedgerError(
      "not-finished",
      `Batch ${source.id} has not ended yet. Let it end or cancel it, then retry it.`,
    );
  }
  return source;
}

async function unfinishedRetry(store: Store, followUps: readonly BatchRecord[]): Promise<BatchRecord | undefined> {
  for (const record of followUps) {
    if (record.kind === "create" && (await readSummary(store, record.id)) === undefined) return record;
  }
  return undefined;
}

const COLUMNS = `{"row": 'BIGINT', line: 'BIGINT', file: 'INTEGER', case_id: 'VARCHAR', related_id: 'VARCHAR',
  group_id: 'VARCHAR', other: 'JSON', outcome: 'VARCHAR'}`;

/** Fills the table `input` as a plan does. */
async function takeRows(
  database: Database,
  store: Store,
  source: BatchRecord,
  outcomes: readonly Outcome[],
): Promise<void> {
  await createRowTables(database);
  await database.run(`CREATE TABLE settled ("row" BIGINT, outcome VARCHAR, reason VARCHAR)`);
  await eachRowsFile(store, source.id, (file) =>
    database.run(
      `INSERT INTO input
       SELECT "row", file, line, case_id, related_id, group_id, other::VARCHAR, 0
       FROM ${jsonSource([file], COLUMNS)} p JOIN current_outcome c USING ("row")
       WHERE c.outcome IN (${outcomes.map((outcome) => sqlText(outcome)).join(", ")})
         AND coalesce(p.outcome, '') NOT IN ('invalid', 'duplicate')
       ORDER BY "row"`,
    ),
  );
  await database.run("DROP TABLE current_outcome");
}

async function writeFiles(
  database: Database,
  record: BatchRecord,
  rows: number,
  batchFolder: string,
): Promise<BatchRecord> {
  const lines = await database.count("SELECT count(DISTINCT (file, line)) FROM input");
  // commitFollowUp seals the batch and reads the files for that.
  const files = { batchFolder, checksums: new Map<string, string>() };
  await writeRows(database, await database.count('SELECT max("row") FROM input'), files);
  const ranges = await createLaneRows(database, record.options.group_id, "settled");
  const { chunks, tickets } = await writeChunks(database, ranges, {
    ticketsPerChunk: TICKETS_PER_CHUNK,
    withMirrors: true,
    ...files,
  });
  const counts = { rows, lines, tickets, to_send: rows, tickets_to_send: tickets };
  return { ...record, chunks, counts: { ...counts, duplicate: 0, limit_reached: 0, invalid: 0 } };
}

const LONGEST_ID = 64;

/** Returns `<batch>-retry-1` and so on, with a digest in place of an id that is too long for that. */
async function freeRetryId(store: Store, batchId: string, taken: ReadonlySet<string>): Promise<string> {
  for (let number = 1; ; number++) {
    const ending = `-retry-${number}`;
    const isShort = batchId.length + ending.length <= LONGEST_ID;
    const id = `${isShort ? batchId : sha256(batchId).slice(0, 16)}${ending}`;
    if (!taken.has(id) && (await readForgottenAt(store, id)) === undefined) return id;
  }
}
