import type { Database } from "../database.ts";
import { InputError } from "../ledger-error.ts";
import { readCsvHeader, type CsvHeader } from "./csv-header.ts";
import { readCsv } from "./csv-reader.ts";
import type { FaultNames } from "./find-faults.ts";
import type { ColumnOptions } from "./input-columns.ts";
import { assertUnchanged, type InputFile } from "./input-file.ts";
import { readJsonArray } from "./json-array-reader.ts";
import { readJsonLines } from "./json-lines-reader.ts";
import type { CheckedField } from "./limits.ts";
import { isPlainCsv, readPlainCsv } from "./plain-csv-reader.ts";
import { createRowTables, openRowTable } from "./row-table.ts";
import type { RejectSource } from "./write-rejects.ts";

export interface ReadInputs {
  rows: number;
  lines: number;
  /** The other columns of all inputs, in order of appearance. */
  columns: string[];
  sources: RejectSource[];
  names: FaultNames;
}

/** `plain: false` reads every CSV exactly, for tests of the readers against each other. */
export interface ReadOptions extends ColumnOptions {
  plain?: boolean;
}

/** Fills the table `input` from all files, in order, by the reader that each one needs. */
export async function readInputs(
  database: Database,
  inputs: readonly InputFile[],
  options: ReadOptions,
): Promise<ReadInputs> {
  await createRowTables(database);
  const columns = new Set<string>();
  const headers: (CsvHeader | undefined)[] = [];
  let rows = 0;
  let lines = 0;
  for (const [file, input] of inputs.entries()) {
    const isTable = input.format === "csv" || input.format === "tsv";
    const header = isTable ? await readCsvHeader(input, options) : undefined;
    headers.push(header);
    const read = await readInput(database, { input, file, header, firstRow: rows }, columns, options);
    await assertUnchanged(input);
    if (read.rows === rows) {
      throw new InputError(
        `${input.name} has ${isTable ? "a header but no row" : "no row"}: there is nothing to associate.`,
      );
    }
    rows = read.rows;
    lines += read.lines;
  }
  const sources = inputs.map(({ format }, file): RejectSource => {
    const header = headers[file];
    return header ? { format, table: header } : { format };
  });
  const names: FaultNames = {
    file: (file) => inputs[file]?.name ?? "",
    column: (file, field) => columnName(headers[file], field),
  };
  return { rows, lines, columns: [...columns], sources, names };
}

interface NextInput {
  input: InputFile;
  file: number;
  header: CsvHeader | undefined;
  /** The last row of the inputs before. */
  firstRow: number;
}

/** Returns the last row's number and how many lines have rows. */
async function readInput(
  database: Database,
  { input, file, header, firstRow }: NextInput,
  columns: Set<string>,
  options: ReadOptions,
): Promise<{ rows: number; lines: number }> {
  if (header && options.plain !== false && isPlainCsv(input)) {
    const read = await readPlainCsv(database, input, header, file, firstRow);
    if (read) {
      for (const { name } of header.columns.others) columns.add(name);
      return { rows: firstRow + read.rows, lines: read.lines };
    }
  }
  await using table = await openRowTable(database, file, firstRow, columns);
  const lines = header
    ? await readCsv(input, header, table)
    : input.format === "json"
      ? await readJsonArray(input, options, table)
      : await readJsonLines(input, options, table);
  return { rows: table.rowCount, lines };
}

function columnName(header: CsvHeader | undefined, field: CheckedField): string {
  if (!header) return field;
  const { names, ticket, related, group } = header.columns;
  const index = { case_id: ticket, related_id: related, group_id: group }[field];
  return (index === undefined ? undefined : names[index]) ?? field;
}
