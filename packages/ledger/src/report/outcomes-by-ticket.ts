import { join } from "node:path";
import { listBatches, requireBatch } from "../batch/batch-files.ts";
import { openDatabase, type Cell } from "../database.ts";
import { followUpsOf } from "../follow-up/follow-ups.ts";
import { eachRowsFile } from "../batch/planned-files.ts";
import { isOutcome, type Outcome, type UndoOutcome } from "../outcome.ts";
import type { Store } from "../store/store.ts";
import { loadCurrentOutcomes } from "./current-outcomes.ts";
import { jsonSource } from "./report-rows.ts";

/** A row as `verify` needs it. */
export interface TicketRow {
  /** Line in the input that `file` names. */
  line: number;
  /** Index into the batch's `inputs`. */
  file: number;
  related: string;
  /** Undefined while the row is not settled. */
  outcome: Outcome | UndoOutcome | undefined;
}

/** A ticket with the current outcomes of its rows, in input order. */
export interface TicketOutcomes {
  ticket: string;
  rows: TicketRow[];
}

const COLUMNS = `{"row": 'BIGINT', line: 'BIGINT', file: 'INTEGER', case_id: 'VARCHAR', related_id: 'VARCHAR'}`;

/** Yields every ticket of a batch, ordered by id. Memory is bounded: the database sorts and spills to the disk. */
export async function* readOutcomesByTicket(store: Store, batchId: string): AsyncGenerator<TicketOutcomes> {
  const record = await requireBatch(store, batchId);
  const batches = [record, ...followUpsOf(batchId, await listBatches(store))];
  const stage = await store.createStagingFolder();
  try {
    const database = await openDatabase(join(stage.folder, "spill"));
    try {
      await loadCurrentOutcomes(database, store, batches);
      await database.run(
        `CREATE TABLE planned_row ("row" BIGINT, line BIGINT, file INTEGER, case_id VARCHAR, related_id VARCHAR)`,
      );
      await eachRowsFile(store, batchId, (file) =>
        database.run(`INSERT INTO planned_row SELECT * FROM ${jsonSource([file], COLUMNS)}`),
      );
      // A table, not a stream of the query: a statement that runs out of memory can be repeated, a stream cannot.
      await database.run(
        `CREATE TABLE row_by_ticket AS
         SELECT case_id, line, file, related_id, outcome FROM planned_row LEFT JOIN current_outcome USING ("row")
         ORDER BY case_id, "row"`,
      );
      await database.run("DROP TABLE planned_row");
      yield* groupByTicket(database.stream("SELECT * FROM row_by_ticket"));
    } finally {
      database.close();
    }
  } finally {
    await stage.remove();
  }
}

async function* groupByTicket(pieces: AsyncIterable<Cell[][]>): AsyncGenerator<TicketOutcomes> {
  let current: TicketOutcomes | undefined;
  for await (const piece of pieces) {
    for (const [ticket, line, file, related, outcome] of piece) {
      if (current === undefined || current.ticket !== ticket) {
        if (current) yield current;
        current = { ticket: String(ticket), rows: [] };
      }
      current.rows.push({
        line: Number(line),
        file: Number(file),
        related: String(related),
        outcome: isOutcome(outcome) ? outcome : undefined,
      });
    }
  }
  if (current) yield current;
}
