import { StringDecoder } from "node:string_decoder";
import type { SheetCell } from "./cell-text.ts";
import { columnOf, type SheetRow } from "./read-sheet.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

/** The rows over which a cell is merged. */
export interface MergedRange {
  /** Its first column, from 0. */
  column: number;
  firstLine: number;
  lastLine: number;
}

const MOST_RANGES = 200_000;
const LONGEST_TAG = 1000;

/**
 * Finds the cells that are merged over several rows. They are at the end of the sheet's part, but are needed from its
 * beginning, so this is a separate pass over the part.
 */
export async function findMergedCells(archive: XlsxPackage, sheetPart: string): Promise<MergedRange[]> {
  const ranges: MergedRange[] = [];
  const decoder = new StringDecoder("utf8");
  let text = "";
  for await (const chunk of await archive.open(sheetPart)) {
    text += decoder.write(chunk);
    let end = 0;
    for (const match of text.matchAll(
      /<(?:\w+:)?mergeCell\s[^<>]*?ref=["']\$?([A-Z]+)\$?(\d+):\$?[A-Z]+\$?(\d+)["']/giu,
    )) {
      end = match.index + match[0].length;
      const [firstLine, lastLine] = [Number(match[2]), Number(match[3])];
      if (lastLine > firstLine) ranges.push({ column: columnOf(match[1]) ?? 0, firstLine, lastLine });
      if (ranges.length > MOST_RANGES) throw new XlsxError("has too many merged cells", SAVE_AGAIN);
    }
    text = text.slice(Math.max(end, text.length - LONGEST_TAG));
  }
  return ranges.sort((a, b) => a.firstLine - b.firstLine);
}

/** Makes the function that gives the value of a merged cell to each row that it covers. Rows must come in order. */
export function createMergedFiller(ranges: readonly MergedRange[]) {
  let next = 0;
  /** The merged cells that cover the current row, by column. */
  const open = new Map<number, MergedRange & { cell: SheetCell | undefined }>();
  return (row: SheetRow): void => {
    for (let range = ranges[next]; range && range.firstLine <= row.line; range = ranges[++next]) {
      open.set(range.column, {
        ...range,
        cell: range.firstLine === row.line ? row.cells.get(range.column) : undefined,
      });
    }
    if (row.cells.size === 0) return;
    for (const [column, { lastLine, cell }] of open) {
      if (lastLine < row.line) open.delete(column);
      else if (cell && !row.cells.has(column)) row.cells.set(column, cell);
    }
  };
}
