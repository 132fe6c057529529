import type { Database } from "../../database.ts";
import type { LaneRange } from "../lane-rows.ts";
import { lineSql } from "../row-sql.ts";
import { RULE_ORDER } from "../row-table.ts";

/**
 * Finds rows whose group differs from that of the ticket's first valid row. They become errors and leave `lane_row`.
 */
export async function findSecondGroups(
  database: Database,
  ranges: readonly LaneRange[],
  fileNames: readonly string[],
): Promise<void> {
  if (ranges.length === 0) return;
  // Numbers in place of names: DuckDB cannot spill the texts of an aggregate to the disk.
  await database.run(
    `CREATE TEMP TABLE group_number AS
     SELECT grp, row_number() OVER () AS number FROM (SELECT DISTINCT grp FROM lane_row)`,
  );
  const groups = await database.count("SELECT count(*) FROM group_number");
  if (groups > 1)
    for (const { condition } of ranges) await findIn(database, condition, lineSql(fileNames, "i.file", "i.line"));
  await database.run("DROP TABLE group_number");
}

async function findIn(database: Database, condition: string, firstLine: string): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE several_groups AS
     SELECT case_id, min("row") AS first_row FROM lane_row JOIN group_number USING (grp) WHERE ${condition}
     GROUP BY case_id HAVING min(number) <> max(number)`,
  );
  if ((await database.count("SELECT count(*) FROM several_groups")) === 0) return;
  await database.run(
    `CREATE OR REPLACE TEMP TABLE second_group AS
     SELECT other."row", other.grp, first."row" AS first_row
     FROM several_groups s JOIN lane_row first ON first."row" = s.first_row
       JOIN lane_row other ON other.case_id = s.case_id
     WHERE other.grp <> first.grp AND first.${condition} AND other.${condition}`,
  );
  await database.run(
    `INSERT INTO row_error SELECT s."row", ${RULE_ORDER.secondGroup}, 'group_id', NULL, s.grp,
       'the ticket has another group in ' || ${firstLine}, 'a ticket has one group; correct it'
     FROM second_group s JOIN input i ON i."row" = s.first_row`,
  );
  await database.run(`DELETE FROM lane_row WHERE ${condition} AND "row" IN (SELECT "row" FROM second_group)`);
}
