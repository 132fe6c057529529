import type { Database } from "../../database.ts";
import type { Diagnostic } from "../../ledger-error.ts";
import { readCsvHeader, relatedWarnings, type CsvHeader } from "./csv-header.ts";
import { readCsv } from "./csv-reader.ts";
import type { InputNames } from "../checks/find-errors.ts";
import type { ColumnOptions } from "../columns/input-columns.ts";
import { assertUnchanged, type InputFile } from "../files/input-file.ts";
import { readJsonArray } from "./json-array-reader.ts";
import { readJsonLines } from "./json-lines-reader.ts";
import type { CheckedField } from "../limits.ts";
import { readParquet } from "./parquet-reader.ts";
import { isPlainCsv, readPlainCsv } from "./plain-csv-reader.ts";
import { createErrorCollector, fileError, type ErrorCollector } from "../input-errors.ts";
import { createRowTables, openRowTable, type FoundInInput } from "../row-table.ts";
import type { RejectSource } from "../rejects/reject-source.ts";

export interface ReadInputs {
  rows: number;
  lines: number;
  /** The other columns of all inputs, in order of appearance. */
  columns: string[];
  sources: RejectSource[];
  names: InputNames;
  /** Found by the readers, file by file. */
  warnings: Diagnostic[];
}

/** `plain: false` reads every CSV with the exact reader, for tests that compare the readers. */
export interface ReadOptions extends ColumnOptions {
  plain?: boolean;
}

/**
 * Fills the table `input` from all files, in order, each by the reader of its format. Throws the errors of all files as
 * one.
 */
export async function readInputs(
  database: Database,
  inputs: readonly InputFile[],
  options: ReadOptions,
  errorCollector: ErrorCollector = createErrorCollector(),
): Promise<ReadInputs> {
  await createRowTables(database);
  const columns = new Set<string>();
  const headers: (CsvHeader | undefined)[] = [];
  const found: FoundInInput[] = [];
  let rows = 0;
  let lines = 0;
  for (const [file, input] of inputs.entries()) {
    const next = { input, file, firstRow: rows, isOnly: inputs.length === 1 };
    const own: FoundInInput = { columns: new Set(), relatedNames: ["related_id"], warnings: [] };
    const read = await errorCollector.collect(() => readWhole(database, next, own, options));
    headers.push(read?.header);
    found.push(own);
    if (!read) continue;
    for (const name of own.columns) columns.add(name);
    rows = read.rows;
    lines += read.lines;
  }
  errorCollector.throwIfAny();
  const sources = inputs.map(({ name, format: form, isMarked }, file): RejectSource => {
    const header = headers[file];
    const format = form === "xlsx" || form === "parquet" ? "csv" : form;
    const own = header?.columns.names ?? [...(found[file]?.columns ?? [])];
    return { name, format, isMarked, columns: own, ...(header && { table: header }) };
  });
  const names: InputNames = {
    file: (file) => inputs[file]?.name ?? "",
    column: (file, field, relatedColumn = 0) => {
      const header = headers[file];
      if (header) return columnName(header, field, relatedColumn);
      return (field === "related_id" ? found[file]?.relatedNames[relatedColumn] : undefined) ?? field;
    },
  };
  const warnings = inputs.flatMap(({ name }, file) => {
    const header = headers[file];
    const all = [
      ...(header?.warnings ?? []),
      ...(header ? relatedWarnings(header) : []),
      ...(found[file]?.warnings ?? []),
    ];
    return all.map((warning): Diagnostic => ({ severity: "warning", file: name, ...warning }));
  });
  return { rows, lines, columns: [...columns], sources, names, warnings };
}

interface NextInput {
  input: InputFile;
  file: number;
  /** The number of the last row of the inputs before. */
  firstRow: number;
  isOnly: boolean;
}

interface ReadInput {
  /** The last row's number. */
  rows: number;
  /** How many lines have rows. */
  lines: number;
  /** Absent for JSON. */
  header?: CsvHeader;
}

/** Reads one input. Throws `InputError` if it has no row, or if the file changed in the meantime. */
async function readWhole(
  database: Database,
  next: NextInput,
  found: FoundInInput,
  options: ReadOptions,
): Promise<ReadInput> {
  const read = await readInput(database, next, found, options);
  await assertUnchanged(next.input);
  if (read.rows > next.firstRow) return read;
  const what = read.header ? "a header but no row" : "no row";
  throw fileError(next.input.name, `has ${what}: there is nothing to associate`);
}

async function readInput(
  database: Database,
  { input, file, firstRow, isOnly }: NextInput,
  found: FoundInInput,
  options: ReadOptions,
): Promise<ReadInput> {
  const { format } = input;
  const header = format === "csv" || format === "tsv" ? await readCsvHeader(input, options) : undefined;
  const isPlain = header && (header.line ?? 1) === 1 && !header.recordsBelow && !header.isRejects;
  if (isPlain && options.plain !== false && isPlainCsv(input)) {
    const read = await readPlainCsv(database, input, header, { file, firstRow, isOnly });
    if (read) {
      for (const { name } of header.columns.others) found.columns.add(name);
      return { rows: firstRow + read.rows, lines: read.lines, header };
    }
  }
  if (format === "parquet") {
    const { rows, ...read } = await readParquet(database, input, options, file, firstRow);
    for (const { name } of read.header.columns.others) found.columns.add(name);
    return { rows: firstRow + rows, ...read };
  }
  await using table = await openRowTable(database, file, firstRow, found);
  if (header)
    return {
      lines: await readCsv(
        input,
        { ...header, hasGroupId: options.groupId !== undefined, hasLoneReturn: input.facts.hasLoneReturn },
        table,
      ),
      rows: table.rowCount,
      header,
    };
  if (format === "xlsx") {
    // Loaded only when it is needed, so that small text files start fast.
    const { readXlsx } = await import("./xlsx-reader.ts");
    const read = await readXlsx(input, options, table);
    return { ...read, rows: table.rowCount };
  }
  const read = format === "json" ? readJsonArray : readJsonLines;
  const lines = await read(input, options, table);
  return { lines, rows: table.rowCount };
}

function columnName(header: CsvHeader, field: CheckedField, relatedColumn: number): string {
  const { names, ticket, related, group } = header.columns;
  const index = { case_id: ticket, related_id: related[relatedColumn]?.index, group_id: group }[field];
  return (index === undefined ? undefined : names[index]) ?? field;
}
