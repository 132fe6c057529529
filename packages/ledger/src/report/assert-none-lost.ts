import { batchPath } from "../batch/batch-files.ts";
import { chunkIds, type BatchRecord } from "../batch/batch-record.ts";
import { listNewestFiles } from "../chunk/chunk-versions.ts";
import type { Database } from "../database.ts";
import { LedgerError } from "../ledger-error.ts";
import { OUTCOMES, UNDO_OUTCOMES } from "../outcome.ts";
import type { Store } from "../store/store.ts";
import type { BatchSummary } from "../batch/summary.ts";

/** How many rows one query counts: the database keeps their numbers in memory. */
const ROWS_TOGETHER = 1_000_000;

/** Throws `corrupt` if the number of results of any outcome differs from the number counted when the batch ended. */
export async function assertNoneLost(
  database: Database,
  store: Store,
  record: BatchRecord,
  end: BatchSummary,
): Promise<void> {
  const found = await countRows(database);
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
  throw differ(
    store.describe(folder),
    record.id,
    missing.map((id) => store.describe(`${folder}/${id}`)),
  );
}

function differ(folder: string, id: string, missing: readonly string[]): LedgerError {
  const files = missing.slice(0, 5).join(", ");
  const more = missing.length - 5;
  if (missing.length === 0)
    return new LedgerError(
      "corrupt",
      `The results in ${folder} differ from those that batch ${id} ended with. Restore them from a copy.`,
    );
  return new LedgerError(
    "corrupt",
    more > 0
      ? `The results in ${folder} differ from those that batch ${id} ended with. Missing files: ${files} and ${more} more. Restore them from a copy.`
      : `The results in ${folder} differ from those that batch ${id} ended with. Missing files: ${files}. Restore them from a copy.`,
  );
}

/** The number of different rows with each outcome. */
async function countRows(database: Database): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  // Rows of a retry have the numbers of the first batch.
  const last = await database.count(`SELECT coalesce(max("row"), 0) FROM result`);
  for (let first = 1; first <= last; first += ROWS_TOGETHER) {
    const counts = await database.all(
      `SELECT outcome, count(DISTINCT "row") AS rows FROM result
       WHERE outcome IS NOT NULL AND "row" BETWEEN ${first} AND ${first + ROWS_TOGETHER - 1} GROUP BY outcome`,
    );
    for (const { outcome, rows } of counts)
      found.set(String(outcome), (found.get(String(outcome)) ?? 0) + Number(rows));
  }
  return found;
}
