import { filesSql, sqlText, type Database } from "../../database.ts";
import { trimSql } from "../blanks.ts";
import type { CsvHeader } from "./csv-header.ts";
import { headerForm } from "./csv-record.ts";
import type { InputFile } from "../files/input-file.ts";
import type { TextFacts } from "../files/text-scan.ts";
import { relatedSql } from "./related-sql.ts";

/**
 * Bytes of a buffer, of which DuckDB holds several. Its default, 16 lines of the greatest length, exceeds its memory
 * limit.
 */
const BUFFER_SIZE = 2 << 20;

/** DuckDB takes minutes to prepare a statement with ten thousand columns. The exact reader has no such delay. */
const MOST_COLUMNS = 200;

/** Returns the SQL expression for a column's cell. DuckDB reads an empty cell as NULL. */
function value(index: number): string {
  return `coalesce(c${index}, '')`;
}

/**
 * Returns whether every line is one record and nothing is quoted, so that DuckDB's reader and the exact one read the
 * same.
 */
export function isPlainCsv({ facts, format }: InputFile): boolean {
  const isLineByLine = !facts.hasQuote && !facts.hasEmptyLine && !facts.hasLoneReturn && facts.lineFeeds > 0;
  const hasOneLineEnd = facts.returnedLines === 0 || facts.returnedLines === facts.lineFeeds;
  return (format === "csv" || format === "tsv") && isLineByLine && hasOneLineEnd;
}

type PlainFacts = Pick<TextFacts, "hasBlank" | "returnedLines">;

/** The input's position among the inputs of the batch. */
interface Place {
  file: number;
  /** The number of the last row of the inputs before. */
  firstRow: number;
  isOnly: boolean;
}

/**
 * Reads a plain file with DuckDB's reader, which is many times as fast as the exact one. Returns the number of lines
 * with rows and of rows. Returns `undefined` and adds nothing if the file is not plain after all: the exact reader then
 * reads it.
 */
export async function readPlainCsv(
  database: Database,
  input: InputFile,
  header: CsvHeader,
  place: Place,
): Promise<{ lines: number; rows: number } | undefined> {
  if (header.columns.names.length > MOST_COLUMNS) return undefined;
  if (place.isOnly && hasOneRelated(header)) {
    const rows = await readEveryLine(database, input, header);
    if (rows !== undefined) return { rows, lines: rows };
  }
  return addLines(database, input, header, place);
}

/**
 * Reads with all cores and stores no row numbers: the table keeps the order of the lines, so the position of a row is
 * its number, and `input` becomes a view. Returns `undefined` and adds nothing if a line has no value, because it is
 * not a row.
 */
async function readEveryLine(database: Database, input: InputFile, header: CsvHeader): Promise<number | undefined> {
  const { ticket, related, group, other } = fieldsSql(input.facts, header);
  try {
    await database.run(
      `CREATE TABLE plain_row AS
       SELECT ${ticket} AS case_id, ${related.found} AS related_id, ${group} AS group_id, ${other} AS other FROM ${csvSource([input.path], input.facts, header)}`,
    );
  } catch {
    return undefined;
  }
  const [found] = await database.all(
    `SELECT count(*) AS rows, count_if(case_id = '' AND related_id = '' AND group_id = '') AS empty FROM plain_row`,
  );
  const rows = Number(found?.rows);
  const isPlain = rows + 1 === lastLine(input) && Number(found?.empty) === 0;
  if (!isPlain || (await repeatsHeader(database, "plain_row", header))) {
    await database.run("DROP TABLE plain_row");
    return undefined;
  }
  await database.run("DROP TABLE input");
  await database.run(
    `CREATE VIEW input AS
     SELECT rowid + 1 AS "row", 0 AS file, rowid + 2 AS line, case_id, related_id, group_id, other, 0::SMALLINT AS related_column
     FROM plain_row`,
  );
  return rows;
}

async function addLines(
  database: Database,
  input: InputFile,
  header: CsvHeader,
  { file, firstRow }: Place,
): Promise<{ lines: number; rows: number } | undefined> {
  try {
    // Without a transaction: a statement that runs out of memory would end it, and could not be run again.
    await database.run(
      `INSERT INTO input
       SELECT $firstRow + row_number() OVER (), $file, * FROM (${plainRowsSql([input.path], input.facts, header)})`,
      { firstRow, file },
    );
    const lines = hasOneRelated(header) ? "count(*)" : "count(DISTINCT line)";
    const [found] = await database.all(
      `SELECT count(*) AS rows, ${lines} AS lines, max(line) AS last FROM input WHERE file = $file`,
      { file },
    );
    if (Number(found?.last) !== lastLine(input)) throw new Error("records and lines differ");
    if (await repeatsHeader(database, `(SELECT * FROM input WHERE file = ${file})`, header))
      throw new Error("header again");
    return { rows: Number(found?.rows), lines: Number(found?.lines) };
  } catch {
    await database.run("DELETE FROM input WHERE file = $file", { file });
    return undefined;
  }
}

/**
 * Returns a query for the rows of plain files with the same header, in order: line, ticket, related id, group, other
 * columns and the related id's column. Lines without a value are not in it. With several files, lines are counted on
 * from file to file, without the headers.
 */
export function plainRowsSql(paths: readonly string[], facts: PlainFacts, header: CsvHeader): string {
  const { ticket, related, group, other } = fieldsSql(facts, header);
  const hasText = header.columns.names.map((_, index) => `(${trimSql(value(index))}) <> ''`).join(" OR ");
  return `
    SELECT line, ticket, ${related.id} AS related_id, grp, other, ${related.column} AS related_column FROM (
      SELECT line, ${ticket} AS ticket, ${related.found} AS found, ${group} AS grp, ${other} AS other
      FROM (SELECT row_number() OVER () + 1 AS line, * FROM ${csvSource(paths, facts, header)})
      WHERE ${hasText})`;
}

/** Returns whether a ticket may be the name of its column: the exact reader then decides about the line. */
async function repeatsHeader(database: Database, rows: string, { columns }: CsvHeader): Promise<boolean> {
  const name = headerForm(columns.names[columns.ticket] ?? "");
  // Lengths are compared first, because they are at hand. Only ASCII letters keep their length in lower case.
  const hasLength = /^[\x20-\x7e]*$/.test(name) ? `strlen(case_id) = ${name.length} AND` : "";
  const query = `SELECT count(*) FROM ${rows} WHERE ${hasLength} lower(case_id) = lower(${sqlText(name)})`;
  return (await database.count(query)) > 0;
}

function csvSource(paths: readonly string[], { returnedLines }: PlainFacts, { columns, delimiter }: CsvHeader): string {
  return filesSql(
    "read_csv",
    paths,
    `auto_detect = false, header = false, skip = 1, delim = ${sqlText(delimiter)},
    quote = '', escape = '', comment = '', new_line = ${returnedLines > 0 ? "'\\r\\n'" : "'\\n'"}, max_line_size = 1048576, buffer_size = ${BUFFER_SIZE},
    columns = {${columns.names.map((_, index) => `c${index}: 'VARCHAR'`).join(", ")}}`,
  );
}

function fieldsSql({ hasBlank }: PlainFacts, { columns }: CsvHeader) {
  const trimmed = (index: number) => (hasBlank ? trimSql(value(index)) : value(index));
  return {
    ticket: trimmed(columns.ticket),
    related: relatedSql(
      columns.related.map(({ index, isList }) => ({ cell: trimmed(index), form: isList ? "list" : "one" })),
    ),
    group: columns.group === undefined ? "''" : trimmed(columns.group),
    other:
      columns.others.length === 0
        ? "NULL::VARCHAR"
        : `json_object(${columns.others.map((column) => `${sqlText(column.name)}, ${value(column.index)}`).join(", ")})::VARCHAR`,
  };
}

/** Returns whether a line is one row. */
function hasOneRelated({ columns: { related } }: CsvHeader): boolean {
  return related.length === 1 && related[0]?.isList === false;
}

function lastLine({ facts }: InputFile): number {
  return facts.lineFeeds + (facts.endsWithLineFeed ? 0 : 1);
}
