// Parts of statements about the rows of an input.
import { sqlText } from "../database.ts";

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
