import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";
import {
  findHeader,
  firstComplete,
  HEADER_ROWS,
  knownNames,
  titleWarnings,
  type FirstRow,
} from "../columns/find-header.ts";
import { headersBelow, headersBelowWarnings } from "../columns/header-again.ts";
import { resolveColumns, type ColumnOptions, type TableColumns } from "../columns/input-columns.ts";
import { earlierReasonColumn, restoreCell } from "../rejects/harmless-cells.ts";
import { assertNotTooWide } from "./widest-table.ts";
import { createLineCounter, recordDelimiters } from "./csv-lines.ts";
import { readHead, type InputFile } from "../files/input-file.ts";
import { fileError } from "../input-errors.ts";
import type { ReaderWarning } from "../row-table.ts";

export interface CsvHeader {
  delimiter: string;
  /** A line before the header names the delimiter, as Excel reads and writes it: `sep=;`. */
  hasSeparatorLine?: boolean;
  /** The number of records between that line and the header: title rows. Default: 0. */
  recordsAbove?: number;
  /** The number of records directly below the header that name its columns again. Default: 0. */
  recordsBelow?: number;
  /** The line of the header. Default: 1. */
  line?: number;
  /** A rejects file: cells that a spreadsheet would run as formulas have a leading apostrophe. */
  isRejects?: boolean;
  columns: TableColumns;
  warnings?: readonly ReaderWarning[];
}

/** The most rows below a header that can name its columns again. */
const MOST_HEADERS_BELOW = 4;
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
  const firstLine = separatorLine === undefined ? 1 : 2;
  const [best] = (named !== undefined ? [named] : input.format === "tsv" ? ["\t"] : DELIMITERS)
    .map((delimiter) => ({ delimiter, rows: firstRows(head, delimiter, input, firstLine) }))
    .map((candidate) => ({ ...candidate, rank: rankOf(candidate.rows.slice(0, HEADER_ROWS), options) }))
    .sort((a, b) => b.rank.known - a.rank.known || b.rank.width - a.rank.width);
  const index = best ? findHeader(best.rows.slice(0, HEADER_ROWS), input.name, options) : 0;
  const header = best?.rows[index];
  if (best === undefined || header === undefined) {
    throw fileError(
      input.name,
      "has no header row: the first line must name the columns, case_id, related_id and group_id",
    );
  }
  assertNotTooWide(header.cells.length, input.name);
  const isRejects = earlierReasonColumn(input.name, header.cells) !== undefined;
  const names = isRejects ? header.cells.map(restoreCell) : header.cells;
  const columns = resolveColumns(names, input.name, options, header.line);
  const below = best.rows.slice(index + 1);
  const again = below.slice(0, headersBelow(below, columns));
  return {
    delimiter: best.delimiter,
    ...(separatorLine !== undefined && { hasSeparatorLine: true }),
    ...(isRejects && { isRejects }),
    recordsAbove: index,
    recordsBelow: again.length,
    line: header.line,
    columns,
    warnings: [...titleWarnings(best.rows.slice(0, index), header.line), ...headersBelowWarnings(again)],
  };
}

/** Returns the number of known names and of cells of the row that names the most. */
function rankOf(rows: readonly FirstRow[], options: ColumnOptions): { known: number; width: number } {
  const complete = firstComplete(rows, options);
  const counts = (complete < 0 ? rows : rows.slice(complete, complete + 1)).map((row) => ({
    known: knownNames(row.cells, options),
    width: row.cells.length,
  }));
  const most = Math.max(0, ...counts.map(({ known }) => known));
  return { known: most, width: counts.find(({ known }) => most < 2 || known === most)?.width ?? 0 };
}

function firstRows(head: Buffer, delimiter: string, input: InputFile, firstLine: number): FirstRow[] {
  for (const count of [HEADER_ROWS + MOST_HEADERS_BELOW, 1]) {
    const rows: FirstRow[] = [];
    const lines = createLineCounter(input, firstLine);
    try {
      parse(head, {
        delimiter,
        bom: true,
        to: count,
        relax_quotes: true,
        relax_column_count: true,
        skip_empty_lines: true,
        record_delimiter: recordDelimiters(input),
        on_record(cells: string[], { empty_lines }) {
          rows.push({ cells, line: lines.take(cells, empty_lines).line });
          return null;
        },
      });
      return rows;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
    }
  }
  // The header has a quotation mark that is never closed. The reader reports it with its line.
  const [line = ""] = head.toString("utf8").split("\n", 1);
  return [{ cells: line.split(delimiter), line: firstLine }];
}

/** Makes a warning for each column that has no role, but may be meant as related ids. */
export function relatedWarnings({ columns, line = 1 }: CsvHeader): ReaderWarning[] {
  const { names, related, resembleRelated } = columns;
  const read = names[related[0]?.index ?? 0] ?? "";
  const next = `${read.replace(/\d+$/u, "")}${related.length + 1}`;
  return resembleRelated.map((column) => ({
    line,
    column,
    value: "",
    reason: `is not read as related ids, because ${read} is`,
    advice: `if it has related ids, name it ${read} with another number, such as ${next}`,
  }));
}
