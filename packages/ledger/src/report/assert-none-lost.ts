import { batchPath } from "../batch/batch-files.ts";
import { chunkIds, type BatchRecord } from "../batch/batch-record.ts";
import { listNewestFiles } from "../chunk/chunk-versions.ts";
import type { Database } from "../database.ts";
import { LedgerError } from "../ledger-error.ts";
import { OUTCOMES, UNDO_OUTCOMES } from "../outcome.ts";
import type { Store } from "../store/store.ts";
import type { BatchSummary } from "../batch/summary.ts";

/** Throws `corrupt` if the number of results of any outcome differs from the number counted when the batch ended. */
export async function assertNoneLost(
  database: Database,
  store: Store,
  record: BatchRecord,
  end: BatchSummary,
): Promise<void> {
  const rows = await database.all(
    `SELECT outcome, count(DISTINCT "row") AS rows FROM result WHERE outcome IS NOT NULL GROUP BY outcome`,
  );
  const found = new Map(rows.map((row) => [String(row.outcome), Number(row.rows)]));
  const planned: Record<string, number> = {
    duplicate: record.counts.duplicate,
    limit_reached: record.counts.limit_reached,
    invalid: record.counts.invalid,
  };
  const isWhole = [...OUTCOMES, ...UNDO_OUTCOMES].every((outcome) => {
    // These two counts include the rows without an outcome at the end, which have no result.
    if (outcome === "failed" || outcome === "cancelled") return true;
    return (found.get(outcome) ?? 0) + (planned[outcome] ?? 0) === (end[outcome] ?? 0);
  });
  if (isWhole) return;
  const folder = batchPath(record.id, "results");
  const present = await listNewestFiles(store, record.id, "results");
  const missing = chunkIds(record).filter((id) => !present.has(id));
  const shown = missing.slice(0, 5).map((id) => store.describe(`${folder}/${id}`));
  const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : "";
  const missingFiles = shown.length > 0 ? ` Missing files: ${shown.join(", ")}${more}.` : "";
  throw new LedgerError(
    "corrupt",
    `The results in ${store.describe(folder)} differ from those that batch ${record.id} ended with.${missingFiles} Restore them from a copy.`,
  );
}
