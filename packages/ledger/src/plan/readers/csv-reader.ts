import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { CsvError, parse, type InfoRecord } from "csv-parse";
import { InputError } from "../../ledger-error.ts";
import type { CsvHeader } from "./csv-header.ts";
import { createLineCounter, recordDelimiters } from "./csv-lines.ts";
import { createRecordAdder, type RecordForm } from "./csv-record.ts";
import type { InputFile } from "../files/input-file.ts";
import { restoreCell } from "../rejects/harmless-cells.ts";
import type { RowTable } from "../row-table.ts";

/** Bytes of one record. A longer one has a quotation mark that was never closed, and must not fill the memory. */
const RECORD_SIZE = 1 << 20;

/** Reads CSV exactly: with the line numbers of an editor and all errors. Returns the number of lines with rows. */
export async function readCsv(input: InputFile, header: RecordForm, table: RowTable): Promise<number> {
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

async function parseCsv(input: InputFile, header: RecordForm, table: RowTable, isLenient: boolean): Promise<number> {
  const records = createRecordAdder(header, table, isLenient);
  const lines = createLineCounter(input, 1);
  let recordsBeforeRows =
    (header.hasSeparatorLine ? 1 : 0) + (header.recordsAbove ?? 0) + 1 + (header.recordsBelow ?? 0);
  let lineCount = 0;

  function takeRecord(record: string[], context: InfoRecord): null {
    const place = lines.take(record, context.empty_lines);
    if (recordsBeforeRows > 0) recordsBeforeRows--;
    else if (records.add(header.isRejects ? record.map(restoreCell) : record, place)) lineCount++;
    return null;
  }

  const parser = parse({
    delimiter: header.delimiter,
    bom: true,
    record_delimiter: recordDelimiters(input),
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: isLenient,
    max_record_size: RECORD_SIZE,
    on_record: takeRecord,
  });
  try {
    await pipeline(createReadStream(input.path, { highWaterMark: 1 << 18 }), parser, async (parsed) => {
      for await (const _ of parsed);
    });
  } catch (error) {
    throw error instanceof CsvError && !isQuoteError(error)
      ? unreadableRecord(error, input, header, lines.next)
      : error;
  }
  records.end(input.facts.endsWithLineFeed || input.facts.lineFeeds === 0);
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
