import type { Database } from "../../database.ts";
import type { OverLimit } from "../../batch/batch-record.ts";
import { ASSOCIATIONS_PER_TICKET } from "../limits.ts";
import type { LaneRange } from "../lane-rows.ts";
import { lineSql } from "../row-sql.ts";
import type { TicketOverLimit } from "../plan-request.ts";

export interface Settled {
  duplicate: number;
  limit_reached: number;
  invalid: number;
  /** The first twenty. */
  ticketsOverLimit: TicketOverLimit[];
  ticketsOverLimitCount: number;
}

const SHOWN_TICKETS = 20;
const SHOWN_LINES = 100;

/**
 * Settles the rows that are not to be sent: first invalid rows, then duplicates of earlier rows, then rows over the
 * limit of three related ids per ticket. Fills the table `settled` and leaves only the rows to send in `lane_row`.
 */
export async function settleRows(
  database: Database,
  ranges: readonly LaneRange[],
  overLimit: OverLimit,
  fileNames: readonly string[],
): Promise<Settled> {
  await database.run(`CREATE TABLE settled ("row" BIGINT, outcome VARCHAR, reason VARCHAR)`);
  await database.run(
    `INSERT INTO settled SELECT "row", 'invalid', string_agg(coalesce(field || ': ', '') || reason, '; ' ORDER BY rule_order)
     FROM row_error GROUP BY "row"`,
  );
  await database.run("CREATE TEMP TABLE too_many (case_id VARCHAR, asked BIGINT, first_row BIGINT)");
  for (const { condition } of ranges) {
    await settleDuplicates(database, condition, lineSql(fileNames, "first.file", "first.line"));
    await settleTooMany(database, condition, overLimit);
  }
  const [ticketsOverLimit, ticketsOverLimitCount] = await describeTooMany(database, fileNames);
  await database.run("DROP TABLE too_many");
  const counts = await database.all("SELECT outcome, count(*) AS rows FROM settled GROUP BY outcome");
  const countOf = (outcome: string) => Number(counts.find((row) => row.outcome === outcome)?.rows ?? 0);
  return {
    duplicate: countOf("duplicate"),
    limit_reached: countOf("limit_reached"),
    invalid: countOf("invalid"),
    ticketsOverLimit,
    ticketsOverLimitCount,
  };
}

async function settleDuplicates(database: Database, condition: string, firstLine: string): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE repeated AS
     SELECT case_id, related_id, min("row") AS first_row FROM lane_row WHERE ${condition}
     GROUP BY case_id, related_id HAVING count(*) > 1`,
  );
  if ((await database.count("SELECT count(*) FROM repeated")) === 0) return;
  await database.run(
    `CREATE OR REPLACE TEMP TABLE duplicate AS
     SELECT "row", first_row FROM lane_row JOIN repeated USING (case_id, related_id)
     WHERE ${condition} AND "row" > first_row`,
  );
  await database.run(
    `INSERT INTO settled SELECT d."row", 'duplicate', 'same as ' || ${firstLine}
     FROM duplicate d JOIN input first ON first."row" = d.first_row`,
  );
  await database.run(`DELETE FROM lane_row WHERE ${condition} AND "row" IN (SELECT "row" FROM duplicate)`);
}

async function settleTooMany(database: Database, condition: string, overLimit: OverLimit): Promise<void> {
  const possible = ASSOCIATIONS_PER_TICKET;
  await database.run(
    `CREATE OR REPLACE TEMP TABLE too_many_here AS
     SELECT case_id, count(*) AS asked, min("row") AS first_row FROM lane_row WHERE ${condition}
     GROUP BY case_id HAVING count(*) > ${possible}`,
  );
  if ((await database.count("SELECT count(*) FROM too_many_here")) === 0) return;
  await database.run("INSERT INTO too_many SELECT case_id, asked, first_row FROM too_many_here");
  await database.run(
    `CREATE OR REPLACE TEMP TABLE past_limit AS
     SELECT "row", asked FROM (
       SELECT "row", asked, row_number() OVER (PARTITION BY case_id ORDER BY "row") AS place
       FROM lane_row JOIN too_many_here USING (case_id) WHERE ${condition})
     WHERE place > ${overLimit === "fill" ? possible : 0}`,
  );
  const note = overLimit === "fill" ? `the first ${possible} in file order are sent` : "none is sent";
  await database.run(
    `INSERT INTO settled SELECT "row", 'limit_reached',
       'the input asks for ' || asked || ' associations of this ticket; at most ${possible} are possible; ${note}' FROM past_limit`,
  );
  await database.run(`DELETE FROM lane_row WHERE ${condition} AND "row" IN (SELECT "row" FROM past_limit)`);
}

async function describeTooMany(database: Database, fileNames: readonly string[]): Promise<[TicketOverLimit[], number]> {
  const count = await database.count("SELECT count(*) FROM too_many");
  if (count === 0) return [[], 0];
  const rows = await database.all(
    `SELECT case_id, any_value(asked) AS asked,
       array_to_string(list(file || ':' || line ORDER BY file, line)[1:${SHOWN_LINES}], ' ') AS places
     FROM (
       SELECT DISTINCT t.case_id, t.asked, t.first_row, i.file, i.line
       FROM (SELECT * FROM too_many ORDER BY first_row LIMIT ${SHOWN_TICKETS}) t JOIN input i USING (case_id)
       WHERE i."row" NOT IN (SELECT "row" FROM row_error))
     GROUP BY case_id ORDER BY min(first_row)`,
  );
  const tickets = rows.map((row) => {
    const places = String(row.places)
      .split(" ")
      .map((place) => place.split(":").map(Number));
    return {
      ticket: String(row.case_id),
      lines: places.map(([, line = 0]) => line),
      ...(fileNames.length > 1 && { files: places.map(([file = 0]) => fileNames[file] ?? "") }),
      asked: Number(row.asked),
    };
  });
  return [tickets, count];
}
