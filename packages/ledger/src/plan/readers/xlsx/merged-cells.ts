import { StringDecoder } from "node:string_decoder";
import type { SheetCell } from "./cell-text.ts";
import { columnOf, type SheetRow } from "./read-sheet.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

/** The rows and columns over which a cell is merged. */
export interface MergedRange {
  /** Its first column, from 0. */
  column: number;
  lastColumn: number;
  firstLine: number;
  lastLine: number;
}

const MOST_RANGES = 200_000;
const LONGEST_TAG = 1000;

/**
 * Finds the merged cells. They are at the end of the sheet's part, but are needed from its beginning, so this is a separate
 * pass over the part.
 */
export async function findMergedCells(archive: XlsxPackage, sheetPart: string): Promise<MergedRange[]> {
  const ranges: MergedRange[] = [];
  const decoder = new StringDecoder("utf8");
  let text = "";
  for await (const chunk of await archive.open(sheetPart)) {
    text += decoder.write(chunk);
    let end = 0;
    for (const match of text.matchAll(
      /<(?:\w+:)?mergeCell\s[^<>]*?ref=["']\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)["']/giu,
    )) {
      end = match.index + match[0].length;
      const [firstLine, lastLine] = [Number(match[2]), Number(match[4])];
      const [column, lastColumn] = [columnOf(match[1]) ?? 0, columnOf(match[3]) ?? 0];
      ranges.push({ column, lastColumn, firstLine, lastLine });
      if (ranges.length > MOST_RANGES) throw new XlsxError("has too many merged cells", SAVE_AGAIN);
    }
    text = text.slice(Math.max(end, text.length - LONGEST_TAG));
  }
  return ranges.sort((a, b) => a.firstLine - b.firstLine);
}

/**
 * Makes the function that gives the value of a merged cell to each row that it covers. Another value that it covers is an
 * error of its cell, because the sheet does not show it. Rows must come in order.
 */
export function createMergedFiller(ranges: readonly MergedRange[]) {
  let next = 0;
  /** The merged cells that cover the current row. */
  const open = new Set<MergedRange & { cell: SheetCell | undefined }>();
  return ({ line, cells }: SheetRow): void => {
    for (let range = ranges[next]; range && range.firstLine <= line; range = ranges[++next]) {
      const cell = range.firstLine === line ? cells.get(range.column) : undefined;
      if (range.lastLine >= line) open.add({ ...range, cell });
    }
    if (cells.size === 0) return;
    for (const range of open) {
      const { column, lastColumn, firstLine, lastLine, cell } = range;
      if (lastLine < line) open.delete(range);
      else cover(cells, column, firstLine === line ? column + 1 : column, lastColumn, cell);
    }
  };
}

function cover(cells: SheetRow["cells"], column: number, from: number, to: number, shown: SheetCell | undefined): void {
  for (const [covered, { text }] of cells) {
    if (covered < from || covered > to || text === shown?.text) continue;
    const reason = "is covered by a merged cell: the sheet does not show it";
    cells.set(covered, { text, error: { reason, advice: "undo the merge, or remove the value" } });
  }
  if (shown && from === column && !cells.has(column)) cells.set(column, shown);
}
