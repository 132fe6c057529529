import { errorMessage } from "@caselink/common";
import { filesSql, literalPath, sqlText, type Database } from "../../database.ts";
import { InputError, LedgerError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import { trimSql } from "../blanks.ts";
import type { CsvHeader } from "./csv-header.ts";
import { resolveColumns, type ColumnOptions } from "../columns/input-columns.ts";
import type { RelatedColumn } from "../columns/related-columns.ts";
import type { InputFile } from "../files/input-file.ts";
import { parquetValueSql } from "./parquet-value.ts";
import { relatedSql, type RelatedCell } from "./related-sql.ts";
import { assertNotTooWide } from "./widest-table.ts";

/** The types that a column of ids can have. Dates and numbers with decimals become texts, which the checks report. */
const SIMPLE_TYPE =
  /^(VARCHAR|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*|DATE|TIMESTAMP.*|TIME.*|UUID|BOOLEAN|ENUM.*)$/;

/** Reads Parquet with DuckDB's reader. The line of a row is its number from 1: there is no header line. */
export async function readParquet(
  database: Database,
  input: InputFile,
  options: ColumnOptions,
  file: number,
  firstRow: number,
): Promise<{ lines: number; rows: number; header: CsvHeader }> {
  try {
    return await insertRows(database, input, options, file, firstRow);
  } catch (error) {
    if (error instanceof LedgerError || /^(Out of Memory|IO Error: Could not write)/.test(errorMessage(error)))
      throw error;
    throw damaged(input.name, error);
  }
}

async function insertRows(
  database: Database,
  input: InputFile,
  options: ColumnOptions,
  file: number,
  firstRow: number,
): Promise<{ lines: number; rows: number; header: CsvHeader }> {
  const source = filesSql("read_parquet", [input.path], "binary_as_string = true");
  const found = await database.all(`SELECT column_type FROM (DESCRIBE SELECT * FROM ${source})`);
  const names = await columnNames(database, input);
  const types = found.map((column) => String(column.column_type));
  assertNotTooWide(names.length, input.name);
  const columns = resolveColumns(names, input.name, options);

  function textSql(index: number, type = types[index] ?? ""): string {
    if (!SIMPLE_TYPE.test(type)) throw wrongType(input.name, names[index] ?? "", type);
    return trimSql(`coalesce(CAST(c${index} AS VARCHAR), '')`);
  }

  function relatedCell({ index, isList }: RelatedColumn): RelatedCell {
    const type = types[index] ?? "";
    if (!type.endsWith("[]")) return { cell: textSql(index), form: isList ? "list" : "one" };
    if (!SIMPLE_TYPE.test(type.slice(0, -2))) throw wrongType(input.name, names[index] ?? "", type);
    const ids = `list_transform(c${index}, lambda id: ${trimSql("coalesce(CAST(id AS VARCHAR), '')")})`;
    return { cell: `coalesce(${ids}, [])`, form: "ids" };
  }

  const related = relatedSql(columns.related.map(relatedCell));
  const other =
    columns.others.length === 0
      ? "NULL"
      : `json_object(${columns.others.map(({ index, name }) => `${sqlText(name)}, ${parquetValueSql(`c${index}`, types[index] ?? "")}`).join(", ")})`;
  const group = columns.group === undefined ? "''" : textSql(columns.group);
  // By position, because names may have any characters.
  const list = ["line", ...names.map((_, index) => `c${index}`)].join(", ");
  // DuckDB keeps the order of the file. Its own row number has a name that a column of the file can have.
  const rows = `SELECT row_number() OVER (), * FROM ${source}`;
  await database.run(
    `INSERT INTO input
     SELECT $firstRow + row_number() OVER (), $file, line, ticket, ${related.id}, grp, other, ${related.column} FROM (
       SELECT line, ${textSql(columns.ticket)} AS ticket, ${related.found} AS found, ${group} AS grp, ${other} AS other
       FROM (${rows}) AS t(${list}))`,
    { firstRow, file },
  );
  const [counts] = await database.all(
    "SELECT count(*) AS rows, count(DISTINCT line) AS lines FROM input WHERE file = $file",
    { file },
  );
  const header = { delimiter: ",", columns };
  return { lines: Number(counts?.lines), rows: Number(counts?.rows), header };
}

/**
 * Returns the names of the columns as the file has them. DuckDB compares names without case, and renames all but the
 * first of those that are then equal.
 */
async function columnNames(database: Database, { path }: InputFile): Promise<string[]> {
  const parts = await database.all(
    `SELECT name, CAST(coalesce(num_children, 0) AS INTEGER) AS children FROM parquet_schema(${sqlText(literalPath(path))})`,
  );
  const names: string[] = [];
  // The schema is a tree, written from the root on, each part before its children.
  let inner = 0;
  for (const { name, children } of parts.slice(1)) {
    if (inner > 0) inner--;
    else names.push(String(name));
    inner += Number(children);
  }
  return names;
}

function wrongType(file: string, column: string, type: string): InputError {
  const reason = `has the type ${visibleText(type, 40)} in column ${visibleText(column)}, which cannot hold ids`;
  const advice = "Write the ids as text; related ids may be a list of texts.";
  return new InputError(`${file} ${reason}. ${advice}`, [
    { severity: "error", file, line: 1, column: visibleText(column), value: "", reason, advice },
  ]);
}

function damaged(name: string, cause: unknown): InputError {
  const reason = `is a damaged Parquet file (${visibleText(errorMessage(cause).split("\n")[0] ?? "", 100)})`;
  const advice = "Write it again, or convert it to CSV.";
  return new InputError(
    `${name} ${reason}. ${advice}`,
    [{ severity: "error", file: name, line: 1, value: "", reason, advice }],
    {
      cause,
    },
  );
}
