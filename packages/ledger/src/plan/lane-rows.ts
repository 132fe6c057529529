import type { Database } from "../database.ts";
import { LANES, laneSql } from "../chunk/lane.ts";
import { groupSql } from "./row-sql.ts";

/** The most rows of a range, unless it is a single lane. */
const ROWS_AT_ONCE = 100_000;

/** Consecutive lanes, as a DuckDB condition that begins with the name of the column `lane`. */
export interface LaneRange {
  condition: string;
}

/**
 * Fills the table `lane_row`, sorted by lane, with the rows that are not in the table `without`; if `of` is given, only with
 * the rows of the tickets in that table. Returns the ranges of lanes. All rows of a ticket are in one range, so a statement
 * that compares them can process range by range in bounded memory.
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
