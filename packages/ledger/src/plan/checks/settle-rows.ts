import type { Database } from "../../database.ts";
import type { OverLimit } from "../../batch/batch-record.ts";
import { ASSOCIATIONS_PER_TICKET } from "../limits.ts";
import { countUnsentTickets, settleBothSides } from "./settle-both-sides.ts";
import { describeTickets, type DescribedTickets } from "./describe-tickets.ts";
import type { LaneRange } from "../lane-rows.ts";
import { lineSql, rangesWithErrors } from "../row-sql.ts";

export interface Settled {
  duplicate: number;
  limit_reached: number;
  invalid: number;
  overLimit: DescribedTickets;
  /** Tickets with valid rows of which none is to be sent. */
  unsentTickets: number;
}

interface SettleOptions {
  overLimit: OverLimit;
  fileNames: readonly string[];
  /** Whether an association counts on both tickets. Undefined: not known. */
  symmetric: boolean | undefined;
}

/**
 * Settles the rows that are not to be sent: first invalid rows, then duplicates of earlier rows, then rows over the
 * limit of three associations per ticket. Fills the table `settled`; the view `unsettled_row` has the rows to send.
 *
 * @param ranges the lanes of `lane_row`, which has all rows of the tickets that need a closer check
 */
export async function settleRows(
  database: Database,
  ranges: readonly LaneRange[],
  { overLimit, fileNames, symmetric }: SettleOptions,
): Promise<Settled> {
  await database.run(`CREATE TABLE settled ("row" BIGINT, outcome VARCHAR, reason VARCHAR)`);
  for (const range of await rangesWithErrors(database)) {
    await database.run(
      `INSERT INTO settled SELECT "row", 'invalid', string_agg(coalesce(field || ': ', '') || reason, '; ' ORDER BY rule_order)
       FROM row_error WHERE "row" ${range} GROUP BY "row"`,
    );
  }
  await database.run("CREATE TEMP TABLE too_many (case_id VARCHAR, asked BIGINT, first_row BIGINT)");
  await database.run(
    `CREATE TEMP VIEW unsettled_row AS
     SELECT "row", case_id, related_id FROM input ANTI JOIN settled USING ("row")`,
  );
  const earlierLine = lineSql(fileNames, "first.file", "first.line");
  for (const { condition } of ranges) {
    await settleDuplicates(database, condition, earlierLine);
    if (!symmetric) await settleTooMany(database, condition, overLimit);
  }
  if (symmetric) await settleBothSides(database, overLimit, earlierLine);
  const described = await describeTickets(database, fileNames, symmetric ? ["case_id", "related_id"] : ["case_id"]);
  await database.run("DROP TABLE too_many");
  const counts = await database.all("SELECT outcome, count(*) AS rows FROM settled GROUP BY outcome");
  const countOf = (outcome: string) => Number(counts.find((row) => row.outcome === outcome)?.rows ?? 0);
  return {
    duplicate: countOf("duplicate"),
    limit_reached: countOf("limit_reached"),
    invalid: countOf("invalid"),
    overLimit: described,
    unsentTickets: symmetric ? await countUnsentTickets(database) : overLimit === "refuse" ? described.count : 0,
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
