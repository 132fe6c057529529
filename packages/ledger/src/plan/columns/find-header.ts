import { fileError } from "../input-errors.ts";
import { visibleText } from "../../visible-text.ts";
import type { ReaderWarning } from "../row-table.ts";
import { fieldKind } from "./column-names.ts";
import type { ColumnOptions } from "./input-columns.ts";

/** The most rows at the beginning of a table among which its header is sought. */
export const HEADER_ROWS = 20;

/** Characters; longer cells are no names of fields. */
const LONGEST_NAME = 200;

/** A row at the beginning of a table. */
export interface FirstRow {
  /** The names of the columns, if it is the header. */
  cells: readonly string[];
  line: number;
}

/** Returns how many cells of a row name a field. */
export function knownNames(cells: readonly string[], { columnMap }: ColumnOptions): number {
  return cells.filter((name) => name.length <= LONGEST_NAME && columnMap.roleOf(name)).length;
}

/**
 * Returns the index of the header among the first rows of a table: the first row that names all fields. Title rows may
 * stand above it. Throws `InputError` if a row above it may be a row of the table, or another header. If no row names all
 * fields, returns the one that names the most, so that an error can name what it lacks.
 */
export function findHeader(rows: readonly FirstRow[], file: string, options: ColumnOptions): number {
  const isBlank = ({ cells }: FirstRow) => cells.every((cell) => cell.trim() === "");
  const first = Math.max(
    0,
    rows.findIndex((row) => !isBlank(row)),
  );
  const header = firstComplete(rows, options);
  if (header < 0) {
    const counts = rows.map(({ cells }) => knownNames(cells, options));
    const most = Math.max(0, ...counts);
    return most > 1 ? counts.indexOf(most) : first;
  }
  const above = rows.slice(first, header);
  const fields = rows[header]?.cells.map((name) => options.columnMap.roleOf(name)?.role) ?? [];
  const unclear = above.find(({ cells }) => knownNames(cells, options) > 1 || fillsAll(cells, fields));
  if (unclear === undefined) return header;
  const found = rows[header]?.line ?? 1;
  throw fileError(
    file,
    `has its header in line ${found}, and in line ${unclear.line} above it what may be a row or another header: ${shown(unclear.cells)}`,
    "Delete the lines above the header, or move the rows below it.",
    { line: unclear.line },
  );
}

/** Makes the warning for title rows above a header, which are not read. */
export function titleWarnings(rows: readonly FirstRow[], line: number): ReaderWarning[] {
  const titles = rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  const [first] = titles;
  if (first === undefined) return [];
  const what = titles.length === 1 ? `line ${first.line} above it is` : `the ${titles.length} lines above it are`;
  const reason = `the header is in line ${line}; ${what} not read: ${titles
    .slice(0, 3)
    .map(({ cells }) => shown(cells))
    .join(", ")}`;
  return [{ line, value: "", reason, advice: "check that no row is among them" }];
}

/** Returns the text of a row for messages. */
export function shown(cells: readonly string[]): string {
  return `"${visibleText(cells.filter((cell) => cell.trim() !== "").join(" "))}"`;
}

/** Returns the index of the first row that names all fields; -1 if there is none. */
export function firstComplete(rows: readonly FirstRow[], options: ColumnOptions): number {
  return rows.findIndex(({ cells }) => namesAll(cells, options));
}

function namesAll(cells: readonly string[], { columnMap, groupId }: ColumnOptions): boolean {
  const kinds = new Set<string>();
  for (const name of cells) {
    const known = name.length <= LONGEST_NAME ? columnMap.roleOf(name) : undefined;
    if (known) kinds.add(fieldKind(known.role));
  }
  return kinds.has("ticket") && kinds.has("related") && (groupId !== undefined || kinds.has("group"));
}

/** Returns whether a row has a value in the column of each field, as a row of the table has. */
function fillsAll(cells: readonly string[], fields: readonly (string | undefined)[]): boolean {
  const filled = new Set(fields.filter((_, index) => (cells[index] ?? "").trim() !== ""));
  return fields.every((field) => field === undefined || filled.has(field));
}
