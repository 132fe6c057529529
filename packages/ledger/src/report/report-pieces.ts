import { join } from "node:path";
import { requireBatch } from "../batch-files.ts";
import { openDatabase } from "../database.ts";
import { plannedFiles } from "../manifest.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "../summary.ts";
import { assertNoneLost } from "./assert-none-lost.ts";
import type { ReportRow } from "./report-format.ts";
import { loadResults, readReportRows } from "./report-rows.ts";

/** Every row of a batch with its outcome, in input order, some thousand at a time, in bounded memory. */
export async function* reportPieces(
  store: Store,
  batchId: string,
  outcomes: readonly string[] | undefined,
): AsyncGenerator<ReportRow[]> {
  const record = await requireBatch(store, batchId);
  const stage = await store.createStage();
  try {
    const database = await openDatabase(join(stage.folder, "spill"));
    try {
      const end = await readSummary(store, record.id);
      await loadResults(database, store, record);
      if (end) await assertNoneLost(database, store, record, end);
      for (const path of await plannedFiles(store, record.id, "rows")) {
        yield* readReportRows(database, store, path, record, { end, outcomes });
      }
    } finally {
      database.close();
    }
  } finally {
    await stage.remove();
  }
}
