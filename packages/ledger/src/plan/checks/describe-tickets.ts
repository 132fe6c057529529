import type { Database } from "../../database.ts";
import type { TicketOverLimit } from "../plan-request.ts";

const SHOWN_TICKETS = 20;
const SHOWN_LINES = 100;
/** More than a file can have: file and line become one number. */
const LINES = 1_000_000_000_000;

export interface DescribedTickets {
  /** The first twenty. */
  tickets: TicketOverLimit[];
  count: number;
}

/**
 * Describes the tickets in the table `too_many` with the lines of valid rows that have them in one of the columns.
 */
export async function describeTickets(
  database: Database,
  fileNames: readonly string[],
  columns: readonly ("case_id" | "related_id")[],
): Promise<DescribedTickets> {
  const count = await database.count("SELECT count(*) FROM too_many");
  if (count === 0) return { tickets: [], count };
  await database.run(
    `CREATE OR REPLACE TEMP TABLE shown_ticket AS SELECT * FROM too_many ORDER BY first_row LIMIT ${SHOWN_TICKETS}`,
  );
  const places = columns.map(
    (column) =>
      `SELECT t.case_id, i.file * ${LINES} + i.line AS place FROM shown_ticket t JOIN input i ON i.${column} = t.case_id
       WHERE i."row" NOT IN (SELECT "row" FROM row_error)`,
  );
  // `min` with a number keeps only that many: a ticket can be named by millions of lines.
  const rows = await database.all(
    `SELECT case_id, asked, array_to_string(lines, ' ') AS lines FROM shown_ticket JOIN (
       SELECT case_id, min(place, ${SHOWN_LINES}) AS lines FROM (SELECT DISTINCT * FROM (${places.join(" UNION ALL ")}))
       GROUP BY case_id) USING (case_id) ORDER BY first_row`,
  );
  await database.run("DROP TABLE shown_ticket");
  const tickets = rows.map((row): TicketOverLimit => {
    const linesOf = String(row.lines).split(" ").map(Number);
    return {
      ticket: String(row.case_id),
      lines: linesOf.map((place) => place % LINES),
      ...(fileNames.length > 1 && { files: linesOf.map((place) => fileNames[Math.floor(place / LINES)] ?? "") }),
      asked: Number(row.asked),
    };
  });
  return { tickets, count };
}
