import { join } from "node:path";
import { requireBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { openDatabase, SMALL_ROWS, type Database } from "../database.ts";
import { plannedFiles } from "../batch/planned-files.ts";
import type { Store } from "../store/store.ts";
import { readSummary, type BatchSummary } from "../batch/summary.ts";
import { assertNoneLost } from "./assert-none-lost.ts";
import { loadResults } from "./report-rows.ts";

/** The database's initial memory limit. A report is made from one file of rows at a time, so it rarely needs more. */
const MEMORY_LIMIT_MB = 64;

/** The data of a batch that a report is made from. */
export interface ReportSource {
  store: Store;
  /** Has the results of the batch in the table `result`. */
  database: Database;
  /** A local folder for temporary files. */
  folder: string;
  record: BatchRecord;
  end: BatchSummary | undefined;
  /** Store paths of the files with the planned rows. */
  paths: readonly string[];
}

/**
 * Opens the data of a batch and yields what `make` yields, in bounded memory. The database spills into a temporary folder,
 * which is removed afterwards. Throws `corrupt` if results of an ended batch are missing.
 */
export async function* fromReportSource<Piece>(
  store: Store,
  batchId: string,
  make: (source: ReportSource) => AsyncIterable<Piece>,
): AsyncGenerator<Piece> {
  const record = await requireBatch(store, batchId);
  const stage = await store.createStagingFolder();
  try {
    const database = await openDatabase(join(stage.folder, "spill"), {
      memoryLimitMb: MEMORY_LIMIT_MB,
      isSmall: record.counts.rows < SMALL_ROWS,
    });
    try {
      const end = await readSummary(store, record.id);
      await loadResults(database, store, record);
      if (end) await assertNoneLost(database, store, record, end);
      const paths = await plannedFiles(store, record.id, "rows");
      yield* make({ store, database, folder: stage.folder, record, end, paths });
    } finally {
      database.close();
    }
  } finally {
    await stage.remove();
  }
}
