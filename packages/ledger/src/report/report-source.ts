import { join } from "node:path";
import { requireBatch } from "../batch-files.ts";
import type { BatchRecord } from "../batch-record.ts";
import { openDatabase, type Database } from "../database.ts";
import { plannedFiles } from "../manifest.ts";
import type { Store } from "../store/store.ts";
import { readSummary, type BatchSummary } from "../summary.ts";
import { assertNoneLost } from "./assert-none-lost.ts";
import { loadResults } from "./report-rows.ts";

/** What the database may hold at first. The rows of a report are made file by file, so it seldom needs more. */
const MEMORY_LIMIT_MB = 64;

/** What a report is made from. */
export interface ReportSource {
  store: Store;
  /** Holds the results of the batch. */
  database: Database;
  /** A local folder for what is needed in between. */
  folder: string;
  record: BatchRecord;
  end: BatchSummary | undefined;
  /** The files of its rows, as paths of the store. */
  paths: readonly string[];
}

/** Makes something from a batch, piece by piece, in bounded memory; the database spills into a folder that goes after. */
export async function* fromReportSource<Piece>(
  store: Store,
  batchId: string,
  make: (source: ReportSource) => AsyncIterable<Piece>,
): AsyncGenerator<Piece> {
  const record = await requireBatch(store, batchId);
  const stage = await store.createStage();
  try {
    const database = await openDatabase(join(stage.folder, "spill"), MEMORY_LIMIT_MB);
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
