import { visibleText } from "../../../visible-text.ts";
import { splitRelated } from "../../blanks.ts";
import { relatedIds } from "../../columns/related-columns.ts";
import type { CheckedField } from "../../limits.ts";
import type { ReaderError, RowTable } from "../../row-table.ts";
import type { CsvHeader } from "../csv-header.ts";
import type { SheetCell } from "./cell-text.ts";
import { columnLetters, type SheetRow } from "./read-sheet.ts";
import type { Hiding } from "./visibility.ts";

const HIDDEN: Record<Hiding, { reason: string; advice: string }> = {
  hidden: {
    reason: "the row is hidden in the sheet",
    advice: "unhide it (clear the filter) to send it, or delete it",
  },
  perhaps: {
    reason: "the row may be hidden: the sheet hides its rows, and the file does not say that it shows this one",
    advice: "open the file in a spreadsheet program, check which rows it shows, and save it",
  },
};

/** Makes the function that adds the rows of a line of a sheet to the table, with the errors of its cells. */
export function createRowAdder({ columns }: CsvHeader, table: RowTable) {
  const { ticket, related, group, others, names } = columns;
  const relatedIndexes = new Set(related.map(({ index }) => index));

  function lineErrors({ hiding, cells }: SheetRow): Omit<ReaderError, "raw">[] {
    if (hiding !== undefined) {
      const value = visibleText([...cells.values()].map(({ text }) => text).join(" "));
      return [{ value, ...HIDDEN[hiding] }];
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
