import { dateCell, numberCell, textCell, truthCell, uncalculatedCell, type SheetCell } from "./cell-text.ts";
import { decodeEscapes, createTextReader } from "./cell-string.ts";
import { GENERAL } from "./number-format.ts";
import { parseXml } from "./parse-xml.ts";
import type { Workbook } from "./read-workbook.ts";
import type { Hiding, Visibility } from "./visibility.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

export interface SheetRow {
  /** Its number in the sheet, from 1. */
  line: number;
  hiding: Hiding | undefined;
  /** By column, from 0, without empty cells. */
  cells: Map<number, SheetCell>;
}

/** The most rows and columns of a sheet. */
const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;

/**
 * Reads the rows of the sheet that have cells, in order. A row is handed over as soon as it is read, to save memory. Before
 * the first row, `visibility` knows the hidden columns.
 */
export async function readSheet(
  archive: XlsxPackage,
  workbook: Workbook,
  visibility: Visibility,
  onRow: (row: SheetRow) => void,
): Promise<void> {
  const { sharedStrings, formats, is1904 } = workbook;
  const inline = createTextReader();
  let row: SheetRow | undefined;
  let lastLine = 0;
  let column = -1;
  let type = "n";
  let style = 0;
  let stored: string | undefined;
  let isFormula = false;
  let isStored = false;

  function cellOf(): SheetCell | undefined {
    const format = formats[style] ?? GENERAL;
    const text = type === "inlineStr" ? inline.take() : "";
    if (text !== "") return textCell(text, format);
    const value = stored?.trim() ?? "";
    if (value === "") {
      // The result of a formula can be an empty text.
      const isEmptyText = type === "str" && stored !== undefined;
      return isFormula && !isEmptyText ? uncalculatedCell() : undefined;
    }
    if (type === "s") {
      const shared = /^\d+$/u.test(value) ? sharedStrings.get(Number(value)) : undefined;
      if (shared === undefined) throw new XlsxError("refers to a text that does not exist", SAVE_AGAIN, lastLine);
      return textCell(shared, format);
    }
    if (type === "b") return truthCell(value);
    if (type === "d") return dateCell(value);
    return type === "n" ? numberCell(value, format, is1904) : textCell(decodeEscapes(stored ?? ""), format);
  }

  await parseXml(await archive.open(workbook.sheetPart), {
    open(name, attributes) {
      if (name === "row") {
        const line = attributes["r"] === undefined ? lastLine + 1 : Number(attributes["r"]);
        if (!Number.isInteger(line) || line <= lastLine || line > MOST_ROWS) {
          throw new XlsxError("has rows out of order", SAVE_AGAIN, lastLine + 1);
        }
        lastLine = line;
        column = -1;
        row = { line, hiding: visibility.hidingOf(attributes), cells: new Map() };
      } else if (name === "c") {
        column = columnOf(attributes["r"]) ?? column + 1;
        if (column >= MOST_COLUMNS) throw new XlsxError("has more columns than a sheet can have", SAVE_AGAIN, lastLine);
        type = attributes["t"] ?? "n";
        style = Number(attributes["s"] ?? 0);
        stored = undefined;
        isFormula = false;
        inline.take();
      } else if (name === "f") isFormula = true;
      else if (name === "v") {
        isStored = true;
        stored = "";
      } else if (name === "sheetFormatPr") visibility.setDefaults(attributes);
      else if (name === "col") visibility.addColumns(attributes);
      else if (type === "inlineStr") inline.open(name);
    },
    text(text) {
      if (isStored) stored += text;
      else if (type === "inlineStr") inline.text(text);
    },
    close(name) {
      isStored = false;
      if (name === "row" && row) {
        if (row.cells.size > 0) onRow(row);
        row = undefined;
      } else if (name === "c") {
        const cell = cellOf();
        if (row && cell && (cell.text.trim() !== "" || cell.error)) {
          if (row.cells.has(column))
            throw new XlsxError(`has two cells ${columnLetters(column)}${lastLine}`, SAVE_AGAIN, lastLine);
          row.cells.set(column, cell);
        }
      } else if (type === "inlineStr") inline.close(name);
    },
  });
}

/** Returns the column of a reference such as `AB12`, from 0. */
export function columnOf(reference: string | undefined): number | undefined {
  const letters = /^\$?([A-Z]{1,3})/iu.exec(reference ?? "")?.[1];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

export function columnLetters(column: number): string {
  let letters = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}
