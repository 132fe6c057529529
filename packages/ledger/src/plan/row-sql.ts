// Parts of statements about the rows of an input.
import { sqlText, type Database } from "../database.ts";

/** The group of a row as a DuckDB expression: the file's or, if the file names none, the request's. */
export function groupSql(groupId: string | undefined): string {
  return groupId === undefined ? "group_id" : `CASE WHEN group_id = '' THEN ${sqlText(groupId)} ELSE group_id END`;
}

/** A line as reasons name it, as a DuckDB expression: with the file's name if there are several inputs. */
export function lineSql(fileNames: readonly string[], file: string, line: string): string {
  if (fileNames.length < 2) return `'line ' || ${line}`;
  const names = fileNames.map((name, index) => `WHEN ${index} THEN ${sqlText(name)}`).join(" ");
  return `'line ' || ${line} || ' of ' || CASE ${file} ${names} END`;
}

/** Rows of the input whose errors one statement sorts or joins to texts: few enough for the smallest memory limit. */
const ROWS_PER_STATEMENT = 40_000;

/**
 * Returns the ranges of rows that have errors, in order, as DuckDB conditions without the name of the column `row`. All
 * errors of a row are in one range.
 */
export async function rangesWithErrors(database: Database): Promise<string[]> {
  const parts = await database.all(
    `SELECT DISTINCT "row" // ${ROWS_PER_STATEMENT} AS part FROM row_error ORDER BY part`,
  );
  return parts.map(({ part }) => {
    const first = Number(part) * ROWS_PER_STATEMENT;
    return `BETWEEN ${first} AND ${first + ROWS_PER_STATEMENT - 1}`;
  });
}
