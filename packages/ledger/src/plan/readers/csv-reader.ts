import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { CsvError, parse, type InfoRecord } from "csv-parse";
import { InputError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import { splitRelated } from "../blanks.ts";
import { recordDelimiters, type CsvHeader } from "./csv-header.ts";
import type { InputFile } from "../files/input-file.ts";
import { restoreCell } from "../rejects/harmless-cells.ts";
import type { ReaderError, RowTable } from "../row-table.ts";

/** Bytes of one record. A longer one has a quotation mark that was never closed, and must not fill the memory. */
const RECORD_SIZE = 1 << 20;

/** Reads CSV exactly: with the line numbers of an editor and all errors. Returns the number of lines with rows. */
export async function readCsv(input: InputFile, header: CsvHeader, table: RowTable): Promise<number> {
  for (const { name } of header.columns.others) table.addColumn(name);
  try {
    return await parseCsv(input, header, table, false);
  } catch (error) {
    if (!isQuoteError(error)) throw error;
    // There are quotation marks that RFC 4180 does not allow. They are read as text; if that could hide lines, as an
    // error.
    await table.clear();
    return parseCsv(input, header, table, true);
  }
}

function isQuoteError(error: unknown): boolean {
  return (
    error instanceof CsvError && (error.code === "INVALID_OPENING_QUOTE" || error.code === "CSV_INVALID_CLOSING_QUOTE")
  );
}

async function parseCsv(input: InputFile, header: CsvHeader, table: RowTable, isLenient: boolean): Promise<number> {
  const delimiters = recordDelimiters(input);
  const lineBreak = delimiters.length === 1 ? /\r/g : /\n/g;
  const addRecord = createRecordAdder(header, table, isLenient);
  let nextLine = 1;
  let emptyLines = 0;
  let linesBeforeRows = header.hasSeparatorLine ? 2 : 1;
  let lineCount = 0;

  // csv-parse counts a CRLF within quotes as two lines, so lines are counted here.
  function takeRecord(record: string[], context: InfoRecord): null {
    const line = nextLine + context.empty_lines - emptyLines;
    emptyLines = context.empty_lines;
    nextLine = line + 1;
    for (const field of record) {
      for (const _ of field.matchAll(lineBreak)) nextLine++;
    }
    if (linesBeforeRows > 0) linesBeforeRows--;
    else if (addRecord(header.isRejects ? record.map(restoreCell) : record, line)) lineCount++;
    return null;
  }

  const parser = parse({
    delimiter: header.delimiter,
    bom: true,
    record_delimiter: delimiters,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: isLenient,
    max_record_size: RECORD_SIZE,
    on_record: takeRecord,
  });
  try {
    await pipeline(createReadStream(input.path, { highWaterMark: 1 << 18 }), parser, async (records) => {
      for await (const _ of records);
    });
  } catch (error) {
    throw error instanceof CsvError && !isQuoteError(error) ? unreadableRecord(error, input, header, nextLine) : error;
  }
  table.flush();
  return lineCount;
}

function unreadableRecord(error: CsvError, input: InputFile, header: CsvHeader, line: number): InputError {
  const isOpen = error.code === "CSV_QUOTE_NOT_CLOSED";
  const reason = isOpen
    ? "a quotation mark is opened and never closed"
    : `longer than ${RECORD_SIZE >> 20} MiB; most likely a quotation mark is opened and never closed`;
  const advice = "Close it. If it is part of the value, put the value in quotation marks and write the mark twice.";
  const column = header.columns.names[Number(error.index)];
  return new InputError(
    `${input.name}, line ${line}: ${reason}. All lines after it would be lost. ${advice}`,
    [{ severity: "error", file: input.name, line, ...(column !== undefined && { column }), value: "", reason, advice }],
    { cause: error },
  );
}

/** Makes the function that adds the rows of a record. It returns `false` for an empty record. */
function createRecordAdder({ columns }: CsvHeader, table: RowTable, isLenient: boolean) {
  const { ticket, related, group, others, names, relatedIsList } = columns;
  const idColumns = new Set([ticket, related, group]);

  function formError(record: string[]): ReaderError | undefined {
    const raw = () => JSON.stringify(record);
    if (record.length !== names.length) {
      const isShort = record.length < names.length;
      return {
        ...(isShort && { column: names[record.length] }),
        value: visibleText(record.join(" ")),
        reason: `has ${fields(record.length)}; the header has ${names.length}`,
        advice: isShort
          ? "add the missing fields, empty if necessary"
          : "put quotation marks around a value that contains the separator",
        raw: raw(),
      };
    }
    if (!isLenient) return undefined;
    const stray = record.findIndex((value, index) => isMisquoted(value, idColumns.has(index)));
    if (stray < 0) return undefined;
    return {
      column: names[stray],
      value: visibleText(record[stray] ?? ""),
      reason: "has quotation marks that do not pair up",
      advice: "if they are part of the value, put the value in quotation marks and write each mark twice",
      raw: raw(),
    };
  }

  return (record: string[], line: number): boolean => {
    // Spreadsheets end files with lines of separators only: they are not rows.
    if (record.every((value) => value.trim() === "")) return false;
    const error = formError(record);
    const other =
      others.length === 0
        ? null
        : JSON.stringify(Object.fromEntries(others.map(({ index, name }) => [name, record[index] ?? ""])));
    const cell = record[related] ?? "";
    const common = {
      line,
      ticket: (record[ticket] ?? "").trim(),
      group: (group === undefined ? "" : (record[group] ?? "")).trim(),
      other,
    };
    if (error) table.add({ ...common, related: cell.trim() }, [error]);
    else for (const id of relatedIsList ? splitRelated(cell) : [cell.trim()]) table.add({ ...common, related: id });
    return true;
  };
}

function fields(count: number): string {
  return count === 1 ? "1 field" : `${count} fields`;
}

/**
 * In a file with misplaced quotation marks: returns whether a value has them in an id, or around a line break that may
 * hide lines.
 */
function isMisquoted(value: string, isId: boolean): boolean {
  return value.startsWith('"') && value.includes('"', 1) && (isId || value.includes("\n") || value.includes("\r"));
}
