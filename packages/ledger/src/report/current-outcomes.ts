import type { BatchRecord } from "../batch/batch-record.ts";
import { sqlText, type Database } from "../database.ts";
import { eachRowsFile } from "../batch/planned-files.ts";
import { UNDO_OUTCOMES } from "../outcome.ts";
import type { Store } from "../store/store.ts";
import { outcomeOfUnsettled, readSummary } from "../batch/summary.ts";
import { jsonSource, loadResults } from "./report-rows.ts";

const PLANNED = `{"row": 'BIGINT', outcome: 'VARCHAR'}`;

/**
 * Fills the table `current_outcome` ("row", outcome) with each row's current outcome: the one from the last batch that
 * includes the row. The outcome is NULL if that batch has not ended and has not settled the row yet. An undo counts only
 * for the rows that it removed, restored or found already absent; other rows keep their earlier outcome.
 *
 * @param batches the first batch and its follow-ups, oldest first
 */
export async function loadCurrentOutcomes(
  database: Database,
  store: Store,
  batches: readonly BatchRecord[],
): Promise<void> {
  await database.run(`CREATE TABLE current_outcome ("row" BIGINT, outcome VARCHAR)`);
  for (const record of batches.toReversed()) {
    const isUndo = record.kind === "undo" && record !== batches[0];
    const end = await readSummary(store, record.id);
    const unsettled = end ? sqlText(outcomeOfUnsettled(end.state)) : "NULL";
    await loadResults(database, store, record);
    await eachRowsFile(store, record.id, (file) =>
      database.run(
        `INSERT INTO current_outcome
         SELECT "row", coalesce(p.outcome, r.outcome, ${unsettled})
         FROM ${jsonSource([file], PLANNED)} p
         LEFT JOIN (
           SELECT "row", outcome FROM result QUALIFY row_number() OVER (PARTITION BY "row" ORDER BY rowid DESC) = 1
         ) r USING ("row")
         ANTI JOIN current_outcome c USING ("row")
         ${isUndo ? `WHERE r.outcome IN (${UNDO_OUTCOMES.map(sqlText).join(", ")})` : ""}`,
      ),
    );
  }
  await database.run("DROP TABLE IF EXISTS result");
}
