import { errorMessage } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import { splitRelated } from "../blanks.ts";
import { relatedIds } from "../columns/related-columns.ts";
import type { CheckedField } from "../limits.ts";
import type { CsvHeader } from "./csv-header.ts";
import { resolveColumns, type ColumnOptions } from "../columns/input-columns.ts";
import type { InputFile } from "../files/input-file.ts";
import { earlierReasonColumn, restoreCell } from "../rejects/harmless-cells.ts";
import type { ReaderError, RowTable } from "../row-table.ts";
import type { SheetCell } from "./xlsx/cell-text.ts";
import { createMergedFiller, findMergedCells } from "./xlsx/merged-cells.ts";
import { columnLetters, readSheet, type SheetRow } from "./xlsx/read-sheet.ts";
import { readWorkbook } from "./xlsx/read-workbook.ts";
import { headerNames, lastHeaderLine } from "./xlsx/sheet-header.ts";
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
  const headerRows: SheetRow[] = [];
  let lastLine = 0;
  let found: { header: CsvHeader; addRow: (row: SheetRow) => void } | undefined;
  let lines = 0;

  function startRows(): typeof found & {} {
    const written = headerNames(headerRows, options.columnMap);
    const isRejects = earlierReasonColumn(name, written) !== undefined;
    const names = isRejects ? written.map(restoreCell) : written;
    const header = { delimiter: ",", columns: resolveColumns(names, name, options) };
    for (const other of header.columns.others) table.addColumn(other.name);
    const fill = createMergedFiller(ranges.filter(({ firstLine }) => firstLine > lastLine));
    const add = createRowAdder(header, table);
    return {
      header,
      addRow(row) {
        fill(row);
        if (isRejects) restoreCells(row);
        add(row);
      },
    };
  }

  await readSheet(archive, workbook, (row) => {
    if (headerRows.length === 0) lastLine = lastHeaderLine(row, ranges, options.columnMap);
    if (row.line <= lastLine) headerRows.push(row);
    else {
      found ??= startRows();
      found.addRow(row);
      lines++;
    }
  });
  table.flush();
  if (headerRows.length === 0) {
    const which = sheet === undefined ? "an empty first sheet" : "nothing in the sheet that --sheet names";
    throw new XlsxError(`has ${which}`, "Name the sheet with the tickets with --sheet, or move it to the front.");
  }
  return { lines, header: (found ?? startRows()).header };
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

function createRowAdder({ columns }: CsvHeader, table: RowTable) {
  const { ticket, related, group, others, names } = columns;
  const relatedIndexes = new Set(related.map(({ index }) => index));

  function lineErrors({ isHidden, cells }: SheetRow): Omit<ReaderError, "raw">[] {
    if (isHidden) {
      const value = visibleText([...cells.values()].map(({ text }) => text).join(" "));
      const advice = "unhide it (clear the filter) to send it, or delete it";
      return [{ value, reason: "the row is hidden in the sheet", advice }];
    }
    const beyond = [...cells].find(([index]) => index >= names.length);
    if (beyond) {
      const [index, { text }] = beyond;
      const advice = "name the column in the header row, or remove the value";
      return [
        {
          value: visibleText(text),
          reason: `has a value in column ${columnLetters(index)}, which has no name`,
          advice,
        },
      ];
    }
    return [];
  }

  function cellError(field: CheckedField, cells: SheetRow["cells"], index: number | undefined) {
    const cell = index === undefined ? undefined : cells.get(index);
    if (index === undefined || !cell) return [];
    const isList = related.some((column) => column.index === index && column.isList);
    const error = cell.error ?? (isList ? listError(cell) : idError(cell));
    if (!error) return [];
    const { shown = cell.text, reason, advice } = error;
    return [{ field, column: names[index], value: visibleText(shown), reason, advice }];
  }

  /** Returns the cells without the other related ids: these are rows of their own. */
  function rawOf({ cells }: SheetRow, own: number | undefined): string {
    const isOther = (index: number) => relatedIndexes.has(index) && index !== own;
    return JSON.stringify(names.map((_, index) => (isOther(index) ? "" : (cells.get(index)?.text ?? ""))));
  }

  return (row: SheetRow): void => {
    const textOf = (index: number | undefined) => (index === undefined ? "" : cellText(row.cells.get(index)));
    const { cells } = row;
    const inLine = lineErrors(row);
    const isWhole = inLine.length > 0;
    const other =
      others.length === 0
        ? null
        : JSON.stringify(Object.fromEntries(others.map(({ index, name }) => [name, row.cells.get(index)?.text ?? ""])));
    const common = { line: row.line, ticket: textOf(ticket), group: textOf(group), other };
    const ofTicket = isWhole ? inLine : cellError("case_id", cells, ticket);
    const ofGroup = isWhole ? [] : cellError("group_id", cells, group);
    const filled = related.flatMap(({ index, isList }, column) => {
      const error = isWhole ? [] : cellError("related_id", cells, index);
      const found = [...ofTicket, ...error, ...ofGroup];
      // A cell with an error is one row, so that the rejects file has it once.
      const columns = [{ index, isList: isList && found.length === 0 }];
      return relatedIds(columns, textOf).map(({ id }) => ({ id, column, index, found }));
    });
    const ids = filled.filter(({ id, found }) => id !== "" || found.some(({ field }) => field === "related_id"));
    for (const { id, column, index, found } of ids.length > 0 ? ids : filled.slice(0, 1)) {
      const raw = found.length === 0 ? "" : rawOf(row, index);
      const errors = found.map((error) => ({ ...error, raw }));
      table.add({ ...common, related: id, relatedColumn: column }, errors);
    }
  };
}

/** Returns the error of a number that a column of several ids would make several. */
function listError({ text, isNumber }: SheetCell): SheetCell["error"] {
  if (!isNumber || splitRelated(text).length < 2) return undefined;
  const reason = "is one number that the sheet shows with a separator in it";
  return { reason, advice: "format the column as text and enter the id as it should be read" };
}

/** Returns the error of an id with a control character, also at its end, where only blanks and line breaks are removed. */
function idError({ text }: SheetCell): SheetCell["error"] {
  if (!/[^\P{Cc}\t\n]/u.test(text)) return undefined;
  return { reason: "contains a control character", advice: "remove it" };
}

function cellText(cell: SheetCell | undefined): string {
  return cell?.text.trim() ?? "";
}
