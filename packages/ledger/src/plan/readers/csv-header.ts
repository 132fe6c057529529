import { parse } from "csv-parse/sync";
import { resolveColumns, type ColumnOptions, type TableColumns } from "../columns/input-columns.ts";
import { earlierReasonColumn, restoreCell } from "../rejects/harmless-cells.ts";
import { assertNotTooWide } from "./widest-table.ts";
import { readHead, type InputFile } from "../files/input-file.ts";
import { fileError } from "../input-errors.ts";

export interface CsvHeader {
  delimiter: string;
  /** A line before the header names the delimiter, as Excel reads and writes it: `sep=;`. */
  hasSeparatorLine?: boolean;
  /** A rejects file: cells that a spreadsheet would run as formulas have a leading apostrophe. */
  isRejects?: boolean;
  columns: TableColumns;
}

/** Bytes; a longer first line is not a header. */
const HEADER_SIZE = 1 << 20;
const DELIMITERS = [",", ";", "\t"];

const SEPARATOR_LINE = /^\ufeff?"?sep=([^"\r\n])"?(?:\r\n|\n|\r)/iu;

/**
 * Reads the header row and finds the delimiter: the one that the file names, else the one that gives the most known
 * columns, else the one that gives the most columns.
 */
export async function readCsvHeader(input: InputFile, options: ColumnOptions): Promise<CsvHeader> {
  const whole = await readHead(input.path, HEADER_SIZE);
  const [separatorLine, named] = SEPARATOR_LINE.exec(whole.subarray(0, 16).toString("utf8")) ?? [];
  const head = separatorLine === undefined ? whole : whole.subarray(Buffer.byteLength(separatorLine));
  const candidates = (named !== undefined ? [named] : input.format === "tsv" ? ["\t"] : DELIMITERS)
    .map((delimiter) => ({ delimiter, names: headerNames(head, delimiter, input) }))
    .map((candidate) => ({
      ...candidate,
      known: candidate.names.filter((name) => options.columnMap.roleOf(name)).length,
    }))
    .sort((a, b) => b.known - a.known || b.names.length - a.names.length);
  const [best] = candidates;
  if (best === undefined || best.names.length === 0) {
    throw fileError(
      input.name,
      "has no header row: the first line must name the columns, case_id, related_id and group_id",
    );
  }
  assertNotTooWide(best.names.length, input.name);
  const isRejects = earlierReasonColumn(input.name, best.names) !== undefined;
  return {
    delimiter: best.delimiter,
    ...(separatorLine !== undefined && { hasSeparatorLine: true }),
    ...(isRejects && { isRejects }),
    columns: resolveColumns(isRejects ? best.names.map(restoreCell) : best.names, input.name, options),
  };
}

function headerNames(head: Buffer, delimiter: string, input: InputFile): string[] {
  try {
    const [names] = parse(head, {
      delimiter,
      bom: true,
      to: 1,
      relax_quotes: true,
      skip_empty_lines: true,
      record_delimiter: recordDelimiters(input),
    });
    return names ?? [];
  } catch {
    // The header has a quotation mark that is never closed. The reader reports it with its line.
    const [line = ""] = head.toString("utf8").split("\n", 1);
    return line.split(delimiter);
  }
}

/**
 * Returns the line ends: line feeds with or without a carriage return; lone carriage returns only if there is no line
 * feed.
 */
export function recordDelimiters({ facts }: InputFile): string[] {
  return facts.lineFeeds > 0 ? ["\r\n", "\n"] : ["\r"];
}
