import { sqlFile, sqlText, type Database } from "../database.ts";
import { splitRelatedSql, trimSql } from "./blanks.ts";
import type { CsvHeader } from "./csv-header.ts";
import type { InputFile } from "./input-file.ts";

/** Bytes; several are held at once. DuckDB's own choice, 16 lines of the greatest length, does not fit its memory. */
const BUFFER_SIZE = 2 << 20;

/** The cell of a column; DuckDB reads an empty one as NULL. */
function value(index: number): string {
  return `coalesce(c${index}, '')`;
}

/** Whether every line is one record and every separator separates, so that DuckDB's own reader sees what the exact one would. */
export function isPlainCsv({ facts, format }: InputFile): boolean {
  const isLineByLine = !facts.hasQuote && !facts.hasEmptyLine && !facts.hasLoneReturn && facts.lineFeeds > 0;
  const hasOneLineEnd = facts.returnedLines === 0 || facts.returnedLines === facts.lineFeeds;
  return (format === "csv" || format === "tsv") && isLineByLine && hasOneLineEnd;
}

/**
 * Reads a plain file by DuckDB's reader, many times as fast as the exact one. Returns the lines with rows and the rows,
 * or `undefined`, with nothing added, where the file turns out not to be plain: the exact reader then tells why.
 */
export async function readPlainCsv(
  database: Database,
  input: InputFile,
  header: CsvHeader,
  file: number,
  firstRow: number,
): Promise<{ lines: number; rows: number } | undefined> {
  const { columns, delimiter } = header;
  const source = `read_csv(${sqlFile(input.path)}, auto_detect = false, header = false, skip = 1, delim = ${sqlText(delimiter)},
    quote = '', escape = '', comment = '', new_line = ${input.facts.returnedLines > 0 ? "'\\r\\n'" : "'\\n'"}, max_line_size = 1048576, buffer_size = ${BUFFER_SIZE},
    columns = {${columns.names.map((_, index) => `c${index}: 'VARCHAR'`).join(", ")}})`;
  const other =
    columns.others.length === 0
      ? "NULL"
      : `json_object(${columns.others.map((column) => `${sqlText(column.name)}, ${value(column.index)}`).join(", ")})`;
  const related = columns.relatedIsList
    ? `unnest(${splitRelatedSql(value(columns.related))})`
    : trimSql(value(columns.related));
  const hasText = columns.names.map((_, index) => `(${trimSql(value(index))}) <> ''`).join(" OR ");

  try {
    await database.run("BEGIN");
    await database.run(
      `INSERT INTO input
       SELECT $firstRow + row_number() OVER (), $file, line, ticket, related, grp, other FROM (
         SELECT line, ${trimSql(value(columns.ticket))} AS ticket, ${related} AS related,
           ${columns.group === undefined ? "''" : trimSql(value(columns.group))} AS grp, ${other} AS other
         FROM (SELECT row_number() OVER () + 1 AS line, * FROM ${source})
         WHERE ${hasText})`,
      { firstRow, file },
    );
    const lines = columns.relatedIsList ? "count(DISTINCT line)" : "count(*)";
    const [found] = await database.all(
      `SELECT count(*) AS rows, ${lines} AS lines, max(line) AS last FROM input WHERE file = $file`,
      { file },
    );
    const lastLine = input.facts.lineFeeds + (input.facts.endsWithLineFeed ? 0 : 1);
    if (Number(found?.last) !== lastLine) throw new Error("records and lines differ");
    await database.run("COMMIT");
    return { rows: Number(found?.rows), lines: Number(found?.lines) };
  } catch {
    await database.run("ROLLBACK");
    return undefined;
  }
}
