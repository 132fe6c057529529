import { errorMessage } from "@caselink/common";
import { InputError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import { relatedIds } from "../columns/related-columns.ts";
import type { CheckedField } from "../limits.ts";
import type { CsvHeader } from "./csv-header.ts";
import { resolveColumns, type ColumnOptions } from "../columns/input-columns.ts";
import type { InputFile } from "../files/input-file.ts";
import type { ReaderError, RowTable } from "../row-table.ts";
import type { SheetCell } from "./xlsx/cell-text.ts";
import { createMergedFiller, findMergedCells } from "./xlsx/merged-cells.ts";
import { columnLetters, readSheet, type SheetRow } from "./xlsx/read-sheet.ts";
import { readWorkbook } from "./xlsx/read-workbook.ts";
import { SAVE_AGAIN, XlsxError } from "./xlsx/xlsx-error.ts";
import { openXlsxPackage } from "./xlsx/xlsx-package.ts";

/** Reads the first visible sheet, row by row. The line of a row is its number in the sheet. */
export async function readXlsx(
  input: InputFile,
  options: ColumnOptions,
  table: RowTable,
): Promise<{ lines: number; header: CsvHeader }> {
  try {
    const archive = await openXlsxPackage(input.path);
    try {
      const workbook = await readWorkbook(archive);
      const fill = createMergedFiller(await findMergedCells(archive, workbook.sheetPart));
      let header: CsvHeader | undefined;
      let addRow: ((row: SheetRow) => void) | undefined;
      let lines = 0;
      for await (const rows of readSheet(archive, workbook)) {
        for (const row of rows) {
          fill(row);
          if (addRow) {
            addRow(row);
            lines++;
          } else {
            header = { delimiter: ",", columns: resolveColumns(namesOf(row), input.name, options) };
            for (const { name } of header.columns.others) table.addColumn(name);
            addRow = createRowAdder(header, table);
          }
        }
      }
      table.flush();
      if (!header) throw new XlsxError("has an empty first sheet", "Move the sheet with the tickets to the front.");
      return { lines, header };
    } finally {
      archive.close();
    }
  } catch (error) {
    throw error instanceof InputError ? error : unreadableWorkbook(input.name, error);
  }
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

function namesOf({ cells }: SheetRow): string[] {
  const width = Math.max(...cells.keys()) + 1;
  return Array.from({ length: width }, (_, index) => cells.get(index)?.text ?? "");
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
    if (index === undefined || !cell?.error) return [];
    return [{ field, column: names[index], value: visibleText(cell.text), ...cell.error }];
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

function cellText(cell: SheetCell | undefined): string {
  return cell?.text.trim() ?? "";
}
