import { sqlText, type Database } from "../database.ts";
import type { OverLimit } from "../batch-record.ts";
import { ASSOCIATIONS_PER_TICKET } from "./limits.ts";
import type { CannotFit } from "./plan-request.ts";

export interface Settled {
  duplicate: number;
  limit_reached: number;
  invalid: number;
  /** The first twenty. */
  cannotFit: CannotFit[];
  cannotFitCount: number;
}

const SHOWN_TICKETS = 20;
const SHOWN_LINES = 100;

/** A line as it is told in a reason: with the file's name where there are several. */
function lineSql(fileNames: readonly string[], file: string, line: string): string {
  if (fileNames.length < 2) return `'line ' || ${line}`;
  const names = fileNames.map((name, index) => `WHEN ${index} THEN ${sqlText(name)}`).join(" ");
  return `'line ' || ${line} || ' of ' || CASE ${file} ${names} END`;
}

/**
 * Settles the rows that are not to be sent, in this order: invalid rows take part in nothing else; of equal rows the
 * first counts; a ticket with more than three different related ids is refused or filled. Fills the table `settled`.
 */
export async function settleRows(
  database: Database,
  overLimit: OverLimit,
  fileNames: readonly string[],
): Promise<Settled> {
  await database.run(`CREATE TABLE settled ("row" BIGINT, outcome VARCHAR, reason VARCHAR)`);
  await database.run(
    `INSERT INTO settled SELECT "row", 'invalid', string_agg(coalesce(field || ': ', '') || reason, '; ' ORDER BY place)
     FROM fault GROUP BY "row"`,
  );
  const firstLine = lineSql(fileNames, "first.file", "first.line");
  await database.run(
    `INSERT INTO settled
     SELECT i."row", 'duplicate', 'repeats ' || ${firstLine}
     FROM input i JOIN (
       SELECT case_id, related_id, min("row") AS "row", arg_min(line, "row") AS line, arg_min(file, "row") AS file
       FROM input WHERE "row" NOT IN (SELECT "row" FROM settled)
       GROUP BY case_id, related_id HAVING count(*) > 1) first USING (case_id, related_id)
     WHERE i."row" > first."row" AND i."row" NOT IN (SELECT "row" FROM settled)`,
  );
  await database.run(
    `CREATE TEMP TABLE too_many AS SELECT case_id, count(*) AS asked, min("row") AS first_row
     FROM input WHERE "row" NOT IN (SELECT "row" FROM settled)
     GROUP BY case_id HAVING count(*) > ${ASSOCIATIONS_PER_TICKET}`,
  );
  const [cannotFit, cannotFitCount] = await describeTooMany(database);
  await settleTooMany(database, overLimit);
  await database.run("DROP TABLE too_many");
  const counts = await database.all("SELECT outcome, count(*) AS rows FROM settled GROUP BY outcome");
  const countOf = (outcome: string) => Number(counts.find((row) => row.outcome === outcome)?.rows ?? 0);
  return {
    duplicate: countOf("duplicate"),
    limit_reached: countOf("limit_reached"),
    invalid: countOf("invalid"),
    cannotFit,
    cannotFitCount,
  };
}

async function settleTooMany(database: Database, overLimit: OverLimit): Promise<void> {
  const possible = ASSOCIATIONS_PER_TICKET;
  const note = overLimit === "fill" ? `the first ${possible} in file order are sent` : "none is sent";
  await database.run(
    `INSERT INTO settled SELECT "row", 'limit_reached',
       'the input asks for ' || asked || ' associations of this ticket, ${possible} are possible; ${note}'
     FROM (
       SELECT i."row", asked, row_number() OVER (PARTITION BY case_id ORDER BY i."row") AS place
       FROM input i JOIN too_many USING (case_id) WHERE i."row" NOT IN (SELECT "row" FROM settled))
     WHERE place > ${overLimit === "fill" ? possible : 0}`,
  );
}

async function describeTooMany(database: Database): Promise<[CannotFit[], number]> {
  const count = await database.count("SELECT count(*) FROM too_many");
  if (count === 0) return [[], 0];
  const rows = await database.all(
    `SELECT t.case_id, any_value(t.asked) AS asked, array_to_string(list(DISTINCT i.line ORDER BY i.line)[1:${SHOWN_LINES}], ' ') AS lines
     FROM (SELECT * FROM too_many ORDER BY first_row LIMIT ${SHOWN_TICKETS}) t JOIN input i USING (case_id)
     WHERE i."row" NOT IN (SELECT "row" FROM fault) GROUP BY t.case_id ORDER BY min(t.first_row)`,
  );
  const cannotFit = rows.map((row) => ({
    ticket: String(row.case_id),
    lines: String(row.lines).split(" ").map(Number),
    asked: Number(row.asked),
  }));
  return [cannotFit, count];
}
