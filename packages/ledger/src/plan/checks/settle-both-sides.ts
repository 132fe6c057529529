import type { Database } from "../../database.ts";
import type { OverLimit } from "../../batch/batch-record.ts";
import { RowSet } from "../../files/row-set.ts";
import { ASSOCIATIONS_PER_TICKET } from "../limits.ts";
import { findMirroredRows } from "../mirrored-rows.ts";

/**
 * Settles rows for a symmetric API, on which an association counts on both tickets: a mirrored row is a duplicate, and
 * the rows that name a ticket count towards its limit. Duplicates of the same ticket must be settled already. Fills
 * `too_many` with the tickets over the limit.
 *
 * @param earlierLine the line of the row `first`, as a DuckDB expression
 */
export async function settleBothSides(database: Database, overLimit: OverLimit, earlierLine: string): Promise<void> {
  if ((await findMirroredRows(database, "unsettled_row")) > 0) {
    await database.run(
      `INSERT INTO settled SELECT m."row", 'duplicate', 'same association as ' || ${earlierLine} || ', from the other ticket'
       FROM mirrored_row m JOIN input first ON first."row" = m.mirror_of`,
    );
  }
  await findTooMany(database);
  if ((await database.count("SELECT count(*) FROM too_many")) === 0) return;
  await database.run(
    `CREATE TEMP TABLE full_ticket AS SELECT case_id AS id, asked, row_number() OVER () - 1 AS place FROM too_many`,
  );
  await database.run(
    `CREATE TEMP TABLE contested_row AS
     SELECT r."row", own.place AS own, other.place AS other
     FROM unsettled_row r LEFT JOIN full_ticket own ON own.id = r.case_id LEFT JOIN full_ticket other ON other.id = r.related_id
     WHERE own.place IS NOT NULL OR other.place IS NOT NULL`,
  );
  if (overLimit === "fill") await keepRowsThatFit(database);
  await settleContested(database, overLimit);
  for (const table of ["contested_row", "full_ticket"]) await database.run(`DROP TABLE ${table}`);
}

/** Finds the tickets of more rows than are possible. The first statement has an aggregate of fixed size. */
async function findTooMany(database: Database): Promise<void> {
  await database.run(
    `CREATE TEMP TABLE full_hash AS
     SELECT id FROM (
       SELECT hash(case_id) AS id FROM unsettled_row UNION ALL SELECT hash(related_id) FROM unsettled_row)
     GROUP BY id HAVING count(*) > ${ASSOCIATIONS_PER_TICKET}`,
  );
  const sides = ["case_id", "related_id"].map(
    (side) => `SELECT ${side} AS id, "row" FROM unsettled_row WHERE hash(${side}) IN (SELECT id FROM full_hash)`,
  );
  await database.run(
    `INSERT INTO too_many SELECT id, count(*), min("row") FROM (${sides.join(" UNION ALL ")})
     GROUP BY id HAVING count(*) > ${ASSOCIATIONS_PER_TICKET}`,
  );
  await database.run("DROP TABLE full_hash");
}

/** Removes from `contested_row` the rows that fit, in file order: both of their tickets have a free place. */
async function keepRowsThatFit(database: Database): Promise<void> {
  const taken = new Uint8Array(await database.count("SELECT count(*) FROM full_ticket"));
  const hasPlace = (place: number | null): boolean => place === null || (taken[place] ?? 0) < ASSOCIATIONS_PER_TICKET;
  const take = (place: number | null): void => {
    if (place !== null) taken[place] = (taken[place] ?? 0) + 1;
  };
  const fitting = new RowSet();
  for await (const rows of database.stream(`SELECT "row", own, other FROM contested_row ORDER BY "row"`)) {
    for (const [row, own, other] of rows as [number, number | null, number | null][]) {
      if (!hasPlace(own) || !hasPlace(other)) continue;
      take(own);
      take(other);
      fitting.add(row);
    }
  }
  await database.run(`CREATE TEMP TABLE fitting_row ("row" BIGINT)`);
  const appender = await database.connection.createAppender("fitting_row");
  for (const row of fitting) {
    appender.appendBigInt(BigInt(row));
    appender.endRow();
  }
  appender.closeSync();
  await database.run(`DELETE FROM contested_row WHERE "row" IN (SELECT "row" FROM fitting_row)`);
  await database.run("DROP TABLE fitting_row");
}

async function settleContested(database: Database, overLimit: OverLimit): Promise<void> {
  const possible = ASSOCIATIONS_PER_TICKET;
  const note = overLimit === "fill" ? `the first ${possible} in file order are sent` : "none is sent";
  await database.run(
    `INSERT INTO settled SELECT r."row", 'limit_reached',
       'the input asks for ' || coalesce(own.asked, other.asked) || ' associations of ' ||
       CASE WHEN own.asked IS NULL THEN 'the related' ELSE 'this' END ||
       ' ticket; at most ${possible} are possible; ${note}'
     FROM contested_row r LEFT JOIN full_ticket own ON own.place = r.own LEFT JOIN full_ticket other ON other.place = r.other`,
  );
}

/** Counts the tickets with valid rows of which none is sent. */
export async function countUnsentTickets(database: Database): Promise<number> {
  return database.count(
    `SELECT count(*) FROM (
       SELECT i.case_id FROM input i LEFT JOIN settled s USING ("row")
       WHERE coalesce(s.outcome, '') <> 'invalid' AND hash(i.case_id) IN
         (SELECT hash(case_id) FROM input JOIN settled USING ("row") WHERE outcome <> 'invalid')
       GROUP BY i.case_id HAVING count(*) = count(s.outcome))`,
  );
}
