import { findHeader, firstComplete, HEADER_ROWS, titleWarnings, type FirstRow } from "../../columns/find-header.ts";
import { headersBelow, headersBelowWarnings } from "../../columns/header-again.ts";
import { resolveColumns, type ColumnOptions, type TableColumns } from "../../columns/input-columns.ts";
import { earlierReasonColumn, restoreCell } from "../../rejects/harmless-cells.ts";
import type { ReaderWarning } from "../../row-table.ts";
import type { MergedRange } from "./merged-cells.ts";
import type { SheetRow } from "./read-sheet.ts";

/** A cell that is merged over more rows is no part of a header. */
const MOST_HEADER_LINES = 10;
/** As many rows of a sheet show its header: titles, and the lines of the header. */
export const FIRST_ROWS = HEADER_ROWS + 2 * MOST_HEADER_LINES;

/** The header of a sheet. */
export interface SheetHeader {
  columns: TableColumns;
  line: number;
  /** The last line that is no row of the table. */
  lastLine: number;
  /** The sheet is a rejects file that was saved as a spreadsheet. */
  isRejects: boolean;
  warnings: readonly ReaderWarning[];
}

/** A row at the beginning of a sheet as a header, which may have several lines. */
interface Candidate extends FirstRow {
  lastLine: number;
}

/**
 * Finds the header among the first rows of a sheet, of which at least one must be given. Title rows may stand above it.
 * Throws `InputError` if it lacks a field, and if rows above it may be rows of the table.
 */
export function findSheetHeader(
  rows: readonly SheetRow[],
  ranges: readonly MergedRange[],
  file: string,
  options: ColumnOptions,
): SheetHeader {
  const candidates = rows.slice(0, HEADER_ROWS).map((row) => candidateOf(row, rows, ranges, options));
  const index = findHeader(candidates, file, options);
  const { cells, line, lastLine } = candidates[index] ?? { cells: [], line: 1, lastLine: 1 };
  const isRejects = earlierReasonColumn(file, cells) !== undefined;
  const columns = resolveColumns(isRejects ? cells.map(restoreCell) : cells, file, options, line);
  const below = rows.filter((row) => row.line > lastLine).map(textsOf);
  const again = below.slice(0, headersBelow(below, columns));
  return {
    columns,
    line,
    lastLine: again.at(-1)?.line ?? lastLine,
    isRejects,
    warnings: [...titleWarnings(candidates.slice(0, index), line), ...headersBelowWarnings(again)],
  };
}

function candidateOf(
  row: SheetRow,
  rows: readonly SheetRow[],
  ranges: readonly MergedRange[],
  options: ColumnOptions,
): Candidate {
  const lines = rows.filter(({ line }) => line >= row.line && line <= lastHeaderLine(row, ranges, options));
  // A row that names all fields ends the header: what is below it are rows, also beside a merged cell of a title.
  const end = lines.findIndex((line, at) => at > 0 && firstComplete([textsOf(line)], options) === 0);
  const own = end < 0 ? lines : lines.slice(0, end + 1);
  return { cells: headerNames(own, options), line: row.line, lastLine: own.at(-1)?.line ?? row.line };
}

/**
 * Returns the last line of the header that begins with this row. It has several lines if cells of the row are merged with
 * those below, and name an id or leave the names of the ids to the lines below.
 */
function lastHeaderLine(
  { line, cells }: SheetRow,
  ranges: readonly MergedRange[],
  { columnMap: { roleOf } }: ColumnOptions,
): number {
  const merged = ranges.filter(({ firstLine, lastLine }) => firstLine === line && lastLine - line < MOST_HEADER_LINES);
  const roles = new Map([...cells].map(([column, { text }]) => [column, roleOf(text)?.role]));
  const named = new Set(roles.values());
  const namesIds = named.has("ticket") && (named.has("related") || named.has("list"));
  if (namesIds && !merged.some(({ column }) => roles.get(column) !== undefined)) return line;
  return Math.max(line, ...merged.map(({ lastLine }) => lastLine));
}

/**
 * Returns the names of the columns from all lines of a header: the texts of a column together, or one of them that names
 * an id.
 */
function headerNames(rows: readonly SheetRow[], { columnMap: { roleOf } }: ColumnOptions): string[] {
  return Array.from({ length: widthOf(rows) }, (_, index) => {
    const texts = rows.map(({ cells }) => cells.get(index)?.text.trim() ?? "").filter((text) => text !== "");
    const whole = texts.join(" ");
    return [whole, ...texts.toReversed()].find((name) => roleOf(name) !== undefined) ?? whole;
  });
}

function textsOf(row: SheetRow): FirstRow {
  const cells = Array.from({ length: widthOf([row]) }, (_, index) => row.cells.get(index)?.text.trim() ?? "");
  return { cells, line: row.line };
}

function widthOf(rows: readonly SheetRow[]): number {
  return Math.max(-1, ...rows.flatMap(({ cells }) => [...cells.keys()])) + 1;
}
