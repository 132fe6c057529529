import { join } from "node:path";
import { openDatabase, type Database } from "../database.ts";
import { jsonSource } from "../report/report-rows.ts";
import type { StagingFolder } from "../store/store.ts";

/** The different related tickets of rows to send. */
export interface RelatedTickets {
  count: number;
  /** In the order of their ids, in pieces, so that memory is bounded. */
  ids: () => AsyncGenerator<string[]>;
  close: () => void;
}

const COLUMNS = `{rows: 'STRUCT(related VARCHAR)[]'}`;

export async function openRelatedTickets(stage: StagingFolder, chunkPaths: readonly string[]): Promise<RelatedTickets> {
  const database = await openDatabase(join(stage.folder, "spill-related"));
  try {
    await fill(database, chunkPaths);
    return {
      count: await database.count("SELECT count(*) FROM related"),
      async *ids() {
        for await (const rows of database.stream("SELECT id FROM related ORDER BY id")) {
          yield rows.map(([id]) => String(id));
        }
      },
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

async function fill(database: Database, chunkPaths: readonly string[]): Promise<void> {
  await database.run("CREATE TABLE related (id VARCHAR)");
  if (chunkPaths.length === 0) return;
  await database.run(
    `INSERT INTO related SELECT DISTINCT unnest(rows).related FROM ${jsonSource(chunkPaths, COLUMNS)}`,
  );
}
