import type { Database } from "../database.ts";

/** The most rows that one statement compares. */
const ROWS_AT_ONCE = 100_000;

/** The same for `A,B` and `B,A`. */
const PAIR_HASH = "xor(hash(case_id), hash(related_id))";

/**
 * Fills the table `mirrored_row` with the rows of a table that ask for the association of an earlier row from the other
 * ticket: `B,A` after `A,B`. Rows of the same ticket must be different. Returns the number of rows found.
 *
 * Most inputs have no such rows: the first statement has an aggregate of fixed size, which DuckDB can spill to the disk.
 */
export async function findMirroredRows(database: Database, rows: "lane_row" | "unsettled_row"): Promise<number> {
  await database.run(`CREATE OR REPLACE TABLE mirrored_row ("row" BIGINT, mirror_of BIGINT)`);
  await database.run(
    `CREATE OR REPLACE TEMP TABLE pair_hash AS
     SELECT ${PAIR_HASH} AS pair FROM ${rows} GROUP BY pair HAVING count(*) > 1`,
  );
  const pairs = await database.count("SELECT count(*) FROM pair_hash");
  const parts = Math.ceil((2 * pairs) / ROWS_AT_ONCE);
  for (let part = 0; part < parts; part++) {
    await database.run(
      `CREATE OR REPLACE TEMP TABLE pair_row AS
       SELECT "row", case_id, related_id FROM ${rows}
       WHERE ${PAIR_HASH} % ${parts} = ${part} AND ${PAIR_HASH} IN (SELECT pair FROM pair_hash WHERE pair % ${parts} = ${part})`,
    );
    await database.run(
      `INSERT INTO mirrored_row SELECT later."row", earlier."row"
       FROM pair_row later JOIN pair_row earlier
         ON later.case_id = earlier.related_id AND later.related_id = earlier.case_id AND later."row" > earlier."row"`,
    );
  }
  await database.run("DROP TABLE IF EXISTS pair_row");
  await database.run("DROP TABLE pair_hash");
  return database.count("SELECT count(*) FROM mirrored_row");
}
