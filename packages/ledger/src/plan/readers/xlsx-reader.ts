import { errorMessage } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import type { CsvHeader } from "./csv-header.ts";
import type { ColumnOptions } from "../columns/input-columns.ts";
import type { InputFile } from "../files/input-file.ts";
import { restoreCell } from "../rejects/harmless-cells.ts";
import type { RowTable } from "../row-table.ts";
import { assertVisible } from "./xlsx/hidden-columns.ts";
import { createMergedFiller, findMergedCells, type MergedRange } from "./xlsx/merged-cells.ts";
import { readSheet, type SheetRow } from "./xlsx/read-sheet.ts";
import { readWorkbook, type Workbook } from "./xlsx/read-workbook.ts";
import { findSheetHeader, FIRST_ROWS, type SheetHeader } from "./xlsx/sheet-header.ts";
import { createRowAdder } from "./xlsx/sheet-rows.ts";
import { createVisibility } from "./xlsx/visibility.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx/xlsx-error.ts";
import { openXlsxPackage, type XlsxPackage } from "./xlsx/xlsx-package.ts";

type SheetInput = Pick<InputFile, "name" | "path" | "sheet">;

/**
 * Reads the sheet that the input names, else the first visible one, row by row. The line of a row is its number in the
 * sheet.
 */
export async function readXlsx(
  input: SheetInput,
  options: ColumnOptions,
  table: RowTable,
): Promise<{ lines: number; header: CsvHeader }> {
  try {
    const archive = await openXlsxPackage(input.path);
    try {
      return await readRows(archive, input, options, table);
    } finally {
      archive.close();
    }
  } catch (error) {
    throw error instanceof InputError ? error : unreadableWorkbook(input.name, error);
  }
}

async function readRows(
  archive: XlsxPackage,
  { name, sheet }: SheetInput,
  options: ColumnOptions,
  table: RowTable,
): Promise<{ lines: number; header: CsvHeader }> {
  const workbook = await readWorkbook(archive, sheet);
  const ranges = await findMergedCells(archive, workbook.sheetPart);
  /** The rows before the header is known. */
  const firstRows: SheetRow[] = [];
  const visibility = createVisibility();
  let found: { header: CsvHeader; takeRow: (row: SheetRow) => void } | undefined;
  let lines = 0;

  function findTable(): typeof found & {} {
    const { columns, line, lastLine, isRejects, warnings } = sheetHeader(firstRows, ranges, name, options, workbook);
    assertVisible(columns, { file: name, line, visibility }, options);
    const header = { delimiter: ",", columns, line, warnings };
    for (const other of columns.others) table.addColumn(other.name);
    const fill = createMergedFiller(ranges.filter(({ firstLine }) => firstLine > lastLine));
    const addRow = createRowAdder(header, table);
    return {
      header,
      takeRow(row) {
        if (row.line <= lastLine) return;
        fill(row);
        if (isRejects) restoreCells(row);
        addRow(row);
        lines++;
      },
    };
  }

  function findRows(): typeof found & {} {
    found = findTable();
    for (const row of firstRows) found.takeRow(row);
    return found;
  }

  await readSheet(archive, workbook, visibility, (row) => {
    if (found) found.takeRow(row);
    else if (firstRows.push(row) === FIRST_ROWS) findRows();
  });
  if (firstRows.length === 0) {
    const which = sheet === undefined ? "an empty first sheet" : "nothing in the sheet that --sheet names";
    const { otherSheets } = workbook;
    const list = otherSheets.length > 0 ? ` Its other sheets: ${otherSheets.join(", ")}.` : "";
    const advice = `Name the sheet with the tickets with --sheet, or move it to the front.${list}`;
    throw new XlsxError(`has ${which}`, advice);
  }
  const { header } = found ?? findRows();
  table.flush();
  return { lines, header };
}

/** Finds the header. An error says which other sheets there are: the tickets may be in one of them. */
function sheetHeader(
  rows: readonly SheetRow[],
  ranges: readonly MergedRange[],
  file: string,
  options: ColumnOptions,
  { otherSheets }: Workbook,
): SheetHeader {
  try {
    return findSheetHeader(rows, ranges, file, options);
  } catch (error) {
    if (!(error instanceof InputError) || otherSheets.length === 0) throw error;
    const more = `Or name another sheet with --sheet: ${otherSheets.join(", ")}.`;
    const diagnostics = error.diagnostics.map((found) => ({
      ...found,
      advice: `${found.advice ?? ""} ${more}`.trim(),
    }));
    throw new InputError(`${error.message} ${more}`, diagnostics, { cause: error });
  }
}

/** Restores the texts of a rejects file that was saved as a spreadsheet. */
function restoreCells({ cells }: SheetRow): void {
  for (const [column, cell] of cells) cells.set(column, { ...cell, text: restoreCell(cell.text) });
}

/**
 * Makes the error for a workbook that cannot be read. Any error of the libraries means a damaged file, and is the
 * cause.
 */
function unreadableWorkbook(name: string, error: unknown): InputError {
  const known = error instanceof XlsxError ? error : undefined;
  const [reason, advice, line] = known
    ? [known.message, known.advice, known.line]
    : [`is a damaged spreadsheet (${visibleText(errorMessage(error), 100)})`, SAVE_AGAIN, 1];
  return new InputError(
    `${name} ${reason}. ${advice}`,
    [{ severity: "error", file: name, line, value: "", reason, advice }],
    {
      cause: error,
    },
  );
}
