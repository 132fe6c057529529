import type { ColumnMap } from "../../columns/column-map.ts";
import type { MergedRange } from "./merged-cells.ts";
import type { SheetRow } from "./read-sheet.ts";

/** A cell that is merged over more rows is no part of a header. */
const MOST_HEADER_LINES = 10;

/**
 * Returns the last line of the header that begins with this row. It has several lines if cells of the row are merged with
 * those below, and name an id or leave the names of the ids to the lines below.
 */
export function lastHeaderLine(
  { line, cells }: SheetRow,
  ranges: readonly MergedRange[],
  { roleOf }: Pick<ColumnMap, "roleOf">,
): number {
  const merged = ranges.filter(({ firstLine, lastLine }) => firstLine === line && lastLine - line < MOST_HEADER_LINES);
  const roles = new Map([...cells].map(([column, { text }]) => [column, roleOf(text)?.role]));
  const named = new Set(roles.values());
  const namesIds = named.has("ticket") && (named.has("related") || named.has("list"));
  if (namesIds && !merged.some(({ column }) => roles.get(column) !== undefined)) return line;
  return Math.max(line, ...merged.map(({ lastLine }) => lastLine));
}

/**
 * Returns the names of the columns from all lines of a header: the texts of a column together, or one of them that names
 * an id.
 */
export function headerNames(rows: readonly SheetRow[], { roleOf }: Pick<ColumnMap, "roleOf">): string[] {
  const width = Math.max(...rows.flatMap(({ cells }) => [...cells.keys()])) + 1;
  return Array.from({ length: width }, (_, index) => {
    const texts = rows.map(({ cells }) => cells.get(index)?.text.trim() ?? "").filter((text) => text !== "");
    const whole = texts.join(" ");
    return [whole, ...texts.toReversed()].find((name) => roleOf(name) !== undefined) ?? whole;
  });
}
