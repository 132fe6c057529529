import { numberCell, truthCell, uncalculatedCell, type SheetCell } from "./cell-text.ts";
import { isTrue, parseXml } from "./parse-xml.ts";
import { createTextReader, type Workbook } from "./read-workbook.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx-error.ts";
import type { XlsxPackage } from "./xlsx-package.ts";

export interface SheetRow {
  /** Its number in the sheet, from 1. */
  line: number;
  isHidden: boolean;
  /** By column, from 0, without empty cells. */
  cells: Map<number, SheetCell>;
}

/** The most rows and columns of a sheet. */
const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;
const PLAIN = { kind: "plain" } as const;

/** Reads the rows of the sheet that have cells, in order, in pieces. */
export async function* readSheet(archive: XlsxPackage, workbook: Workbook): AsyncGenerator<SheetRow[]> {
  const { sharedStrings, formats, is1904 } = workbook;
  const inline = createTextReader();
  let rows: SheetRow[] = [];
  let row: SheetRow | undefined;
  let lastLine = 0;
  let column = -1;
  let type = "n";
  let style = 0;
  let stored: string | undefined;
  let isFormula = false;
  let isStored = false;

  function cellOf(): SheetCell | undefined {
    if (type === "inlineStr") return { text: inline.take() };
    if (stored === undefined) return isFormula ? uncalculatedCell() : undefined;
    if (type === "s") {
      const text = sharedStrings[Number(stored)];
      if (text === undefined) throw new XlsxError("refers to a text that does not exist", SAVE_AGAIN, lastLine);
      return { text };
    }
    if (type === "b") return truthCell(stored);
    if (type === "d") return { ...numberCell("0", { kind: "date" }, is1904), text: stored };
    return type === "n" ? numberCell(stored, formats[style] ?? PLAIN, is1904) : { text: stored.toWellFormed() };
  }

  const pieces = parseXml(await archive.open(workbook.sheetPart), {
    open(name, attributes) {
      if (name === "row") {
        const line = attributes["r"] === undefined ? lastLine + 1 : Number(attributes["r"]);
        if (!Number.isInteger(line) || line <= lastLine || line > MOST_ROWS) {
          throw new XlsxError("has rows out of order", SAVE_AGAIN, lastLine + 1);
        }
        lastLine = line;
        column = -1;
        row = { line, isHidden: isTrue(attributes["hidden"]), cells: new Map() };
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
      } else if (type === "inlineStr") inline.open(name);
    },
    text(text) {
      if (isStored) stored += text;
      else if (type === "inlineStr") inline.text(text);
    },
    close(name) {
      isStored = false;
      if (name === "row" && row) {
        if (row.cells.size > 0) rows.push(row);
        row = undefined;
      } else if (name === "c") {
        const cell = cellOf();
        if (row && cell && (cell.text.trim() !== "" || cell.error)) row.cells.set(column, cell);
      } else if (type === "inlineStr") inline.close(name);
    },
  });
  for await (const _ of pieces) {
    if (rows.length > 0) yield rows;
    rows = [];
  }
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
