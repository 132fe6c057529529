import { visibleText } from "../../visible-text.ts";
import { relatedIds } from "../columns/related-columns.ts";
import type { ReaderError, RowTable } from "../row-table.ts";
import type { CsvHeader } from "./csv-header.ts";
import { hiddenRows, rowAfterReturn } from "./hidden-rows.ts";

/** A header, and what decides which of its fields a line must have. */
export interface RecordForm extends CsvHeader {
  /** The file has carriage returns without a line feed. */
  hasLoneReturn: boolean;
  /** Rows without a group have the group of the request. */
  hasGroupId: boolean;
}

/** The lines of a record: several if a value in quotation marks has line breaks. */
export interface RecordLines {
  line: number;
  lastLine: number;
}

/** The most lines that a warning lists. */
const SHOWN_LINES = 5;

/**
 * Makes the functions that add the rows of records. `add` returns `false` for a record that is no row: an empty one, or
 * the header again. Trailing cells may be missing, as in files of spreadsheets, and empty cells may follow. `end` adds
 * the warnings about all records.
 */
export function createRecordAdder(form: RecordForm, table: RowTable, isLenient: boolean) {
  const { columns, delimiter } = form;
  const { ticket, related, group, others, names } = columns;
  const ids = [ticket, ...related.map(({ index }) => index), ...(group === undefined ? [] : [group])];
  const idColumns = new Set(ids);
  const headerIds = ids.map((index) => ({ index, name: headerForm(names[index] ?? "") }));
  /** The length of a line whose missing cells may be empty. */
  const shortest = Math.max(
    ticket + 1,
    Math.min(...related.map(({ index }) => index)) + 1,
    group === undefined || form.hasGroupId ? 0 : group + 1,
  );
  const shape = { names, ticket, related: related[0]?.index ?? 0, delimiter };
  const repeated: number[] = [];
  const hiding: { lines: RecordLines; column: string; hidden: number }[] = [];
  let last: { line: number; length: number } | undefined;

  function isHeader(record: readonly string[]): boolean {
    return headerIds.every(({ index, name }) => headerForm(record[index] ?? "") === name);
  }

  function formError(record: string[]): ReaderError | undefined {
    const raw = () => JSON.stringify(record);
    const isShort = record.length < shortest;
    if (isShort || record.slice(names.length).some((value) => value.trim() !== "")) {
      return {
        ...(isShort && { column: names[record.length] }),
        value: visibleText(record.join(" ")),
        reason: `has ${fields(record.length)}; the header has ${names.length}`,
        advice: isShort
          ? "add the missing fields, empty if necessary"
          : "put quotation marks around a value that contains the separator",
        raw: raw(),
      };
    }
    if (!isLenient) return undefined;
    const stray = record.findIndex((value, index) => isMisquoted(value, idColumns.has(index)));
    if (stray < 0) return undefined;
    return {
      column: names[stray],
      value: visibleText(record[stray] ?? ""),
      reason: "has quotation marks that do not pair up",
      advice: "if they are part of the value, put the value in quotation marks and write each mark twice",
      raw: raw(),
    };
  }

  function addRows(record: string[], line: number): void {
    const error = formError(record);
    const other =
      others.length === 0
        ? null
        : JSON.stringify(Object.fromEntries(others.map(({ index, name }) => [name, record[index] ?? ""])));
    const cellOf = (index: number) => record[index] ?? "";
    const common = {
      line,
      ticket: cellOf(ticket).trim(),
      group: (group === undefined ? "" : cellOf(group)).trim(),
      other,
    };
    if (error) {
      const all = related.map(({ index }) => cellOf(index)).join(" ");
      table.add({ ...common, related: all.trim() }, [error]);
      return;
    }
    for (const { id, column } of relatedIds(related, cellOf)) {
      table.add({ ...common, related: id, relatedColumn: column });
    }
  }

  return {
    add(record: string[], lines: RecordLines): boolean {
      // Spreadsheets end files with lines of separators only: they are not rows.
      if (record.every((value) => value.trim() === "")) return false;
      if (isHeader(record)) {
        repeated.push(lines.line);
        return false;
      }
      if (lines.lastLine > lines.line) {
        const found = hiddenRows(record, shape);
        if (found) hiding.push({ lines, column: names[found.index] ?? "", hidden: found.hidden });
      } else if (form.hasLoneReturn) {
        const index = rowAfterReturn(record, shape);
        if (index >= 0) hiding.push({ lines, column: names[index] ?? "", hidden: 1 });
      }
      last = { line: lines.line, length: record.length };
      addRows(record, lines.line);
      return true;
    },

    /** @param isEnded the last line has a line end */
    end(isEnded: boolean): void {
      const [first] = repeated;
      if (first !== undefined) {
        const list = repeated.slice(0, SHOWN_LINES).join(", ");
        const more = repeated.length > SHOWN_LINES ? ` and ${repeated.length - SHOWN_LINES} more` : "";
        const reason = `the header stands again in ${repeated.length === 1 ? "line" : "lines"} ${list}${more}, and is skipped`;
        table.warn({ line: first, value: "", reason, advice: "check that files with the same columns were joined" });
      }
      for (const { lines, column, hidden } of hiding.slice(0, SHOWN_LINES)) {
        const { line, lastLine } = lines;
        const what =
          hidden === 1
            ? "one of its lines looks like a row, which is"
            : `${hidden} of its lines look like rows, which are`;
        const reason =
          lastLine > line
            ? `a value in quotation marks goes on to line ${lastLine}; ${what} not read`
            : "a value has a carriage return alone, which ends no line here; what follows it looks like a row";
        table.warn({
          line,
          column,
          value: "",
          reason,
          advice:
            lastLine > line
              ? `check the quotation marks in lines ${line} to ${lastLine}`
              : "save the file with one kind of line ends",
        });
      }
      if (!isEnded && last && last.length < names.length && last.length >= shortest) {
        const reason = `the last line has ${fields(last.length)} of ${names.length} and no line end: the file may be cut short`;
        table.warn({ line: last.line, value: "", reason, advice: "check that the file is complete" });
      }
    },
  };
}

/**
 * Returns the form in which cells and the header's names are compared. Only ASCII letters lose their case, so that two
 * readers in different languages agree.
 */
export function headerForm(cell: string): string {
  return cell.trim().replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function fields(count: number): string {
  return count === 1 ? "1 field" : `${count} fields`;
}

/**
 * In a file with misplaced quotation marks: returns whether a value has them in an id, or around a line break that may
 * hide lines.
 */
function isMisquoted(value: string, isId: boolean): boolean {
  return value.startsWith('"') && value.includes('"', 1) && (isId || value.includes("\n") || value.includes("\r"));
}
