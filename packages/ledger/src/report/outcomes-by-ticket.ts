import { join } from "node:path";
import { listBatches, requireBatch } from "../batch-files.ts";
import { openDatabase, type Cell } from "../database.ts";
import { followUpsOf } from "../follow-ups.ts";
import { eachRowsFile } from "../manifest.ts";
import { isOutcome, type Outcome, type UndoOutcome } from "../outcome.ts";
import type { Store } from "../store/store.ts";
import { loadCurrentOutcomes } from "./current-outcomes.ts";
import { jsonSource } from "./report-rows.ts";

export interface TicketRow {
  /** In the input that `file` tells. */
  line: number;
  /** Index into the batch's `inputs`. */
  file: number;
  related: string;
  /** Undefined while the row is not settled. */
  outcome: Outcome | UndoOutcome | undefined;
}

/** A ticket of the input with what became of its rows, in input order. */
export interface TicketOutcomes {
  ticket: string;
  rows: TicketRow[];
}

const COLUMNS = `{"row": 'BIGINT', line: 'BIGINT', file: 'INTEGER', case_id: 'VARCHAR', related_id: 'VARCHAR'}`;

/** Every ticket of a batch in the order of their ids, in bounded memory: the database sorts, and spills to the disk. */
export async function* readOutcomesByTicket(store: Store, batchId: string): AsyncGenerator<TicketOutcomes> {
  const record = await requireBatch(store, batchId);
  const batches = [record, ...followUpsOf(batchId, await listBatches(store))];
  const stage = await store.createStage();
  try {
    const database = await openDatabase(join(stage.folder, "spill"));
    try {
      await loadCurrentOutcomes(database, store, batches);
      await database.run(
        `CREATE TABLE asked ("row" BIGINT, line BIGINT, file INTEGER, case_id VARCHAR, related_id VARCHAR)`,
      );
      await eachRowsFile(store, batchId, (file) =>
        database.run(`INSERT INTO asked SELECT * FROM ${jsonSource([file], COLUMNS)}`),
      );
      // Made whole before the first row leaves: a statement that does not fit the memory can be run again, a stream cannot.
      await database.run(
        `CREATE TABLE asked_in_order AS
         SELECT case_id, line, file, related_id, outcome FROM asked LEFT JOIN current_outcome USING ("row")
         ORDER BY case_id, "row"`,
      );
      await database.run("DROP TABLE asked");
      yield* groupByTicket(database.stream("SELECT * FROM asked_in_order"));
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
