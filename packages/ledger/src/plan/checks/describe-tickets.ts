import type { Database } from "../../database.ts";
import type { TicketOverLimit } from "../plan-request.ts";

const SHOWN_TICKETS = 20;
const SHOWN_LINES = 100;

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
  const first = `SELECT * FROM too_many ORDER BY first_row LIMIT ${SHOWN_TICKETS}`;
  const places = columns.map(
    (column) =>
      `SELECT t.case_id, t.asked, t.first_row, i.file, i.line FROM (${first}) t JOIN input i ON i.${column} = t.case_id
       WHERE i."row" NOT IN (SELECT "row" FROM row_error)`,
  );
  const rows = await database.all(
    `SELECT case_id, any_value(asked) AS asked,
       array_to_string(list(file || ':' || line ORDER BY file, line)[1:${SHOWN_LINES}], ' ') AS places
     FROM (SELECT DISTINCT * FROM (${places.join(" UNION ALL ")})) GROUP BY case_id ORDER BY min(first_row)`,
  );
  const tickets = rows.map((row): TicketOverLimit => {
    const linesOf = String(row.places)
      .split(" ")
      .map((place) => place.split(":").map(Number));
    return {
      ticket: String(row.case_id),
      lines: linesOf.map(([, line = 0]) => line),
      ...(fileNames.length > 1 && { files: linesOf.map(([file = 0]) => fileNames[file] ?? "") }),
      asked: Number(row.asked),
    };
  });
  return { tickets, count };
}
