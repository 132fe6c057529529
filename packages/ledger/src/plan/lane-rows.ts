import type { Database } from "../database.ts";
import { LANES, laneSql } from "../chunk/lane.ts";
import { groupSql } from "./row-sql.ts";

/** Rows that one statement processes; a lane with more rows is not divided. */
const ROWS_AT_ONCE = 100_000;

/** Consecutive lanes, as a DuckDB condition over the column `lane`. */
export interface LaneRange {
  condition: string;
}

/**
 * Fills the table `lane_row` with the rows that are not in the table `without`, sorted by lane. With `of`, takes only
 * the rows of the tickets in that table. All rows of a ticket are in one lane. So a statement that compares a ticket's
 * rows can process one {@link LaneRange} at a time, and needs memory only for that.
 */
export async function createLaneRows(
  database: Database,
  groupId: string | undefined,
  without: "row_error" | "settled",
  of?: "suspicious_ticket",
): Promise<LaneRange[]> {
  await database.run(
    `CREATE OR REPLACE TABLE lane_row AS
     SELECT "row", case_id, related_id, ${groupSql(groupId)} AS grp, ${laneSql("case_id")} AS lane
     FROM input ANTI JOIN ${without} USING ("row") ${of === undefined ? "" : `SEMI JOIN ${of} USING (case_id)`} ORDER BY lane`,
  );
  const counts = await database.all("SELECT lane, count(*) AS rows FROM lane_row GROUP BY lane");
  const rowsOf = new Map(counts.map(({ lane, rows }) => [lane, Number(rows)]));
  const ranges: LaneRange[] = [];
  let lanes: string[] = [];
  let rows = 0;
  const close = () => {
    if (rows > 0) ranges.push({ condition: `lane BETWEEN '${lanes[0]}' AND '${lanes.at(-1)}'` });
    lanes = [];
    rows = 0;
  };
  for (const lane of LANES) {
    const count = rowsOf.get(lane) ?? 0;
    if (rows + count > ROWS_AT_ONCE) close();
    lanes.push(lane);
    rows += count;
  }
  close();
  return ranges;
}
