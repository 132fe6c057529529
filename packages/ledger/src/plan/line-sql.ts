import { sqlText } from "../database.ts";

/** A line as it is told in a reason, as a DuckDB expression: with the file's name where there are several. */
export function lineSql(fileNames: readonly string[], file: string, line: string): string {
  if (fileNames.length < 2) return `'line ' || ${line}`;
  const names = fileNames.map((name, index) => `WHEN ${index} THEN ${sqlText(name)}`).join(" ");
  return `'line ' || ${line} || ' of ' || CASE ${file} ${names} END`;
}
