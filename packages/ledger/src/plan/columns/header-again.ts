import type { ReaderWarning } from "../row-table.ts";
import { fieldKind, relatedName, ROLE_OF_FIELD, roleOfAlias, sameName, type ColumnRole } from "./column-names.ts";
import { shown, type FirstRow } from "./find-header.ts";
import type { TableColumns } from "./input-columns.ts";

/**
 * Returns how many rows directly below a header name its columns again, as headers in two languages do: each cell for an
 * id is a name of the field of its column, and they are not all the header's own names.
 */
export function headersBelow(rows: readonly FirstRow[], columns: TableColumns): number {
  const count = rows.findIndex(({ cells }) => !isHeaderAgain(cells, columns));
  return count < 0 ? rows.length : count;
}

/** Makes the warning for such rows, which are not read. */
export function headersBelowWarnings(rows: readonly FirstRow[]): ReaderWarning[] {
  return rows.map(({ cells, line }) => ({
    line,
    value: "",
    reason: `the header goes on in line ${line}, which names the same columns and is not read: ${shown(cells)}`,
    advice: "check that it is no row",
  }));
}

function isHeaderAgain(cells: readonly string[], { names, ticket, related, group }: TableColumns): boolean {
  const fields: [index: number, kind: ColumnRole][] = [
    [ticket, "ticket"],
    ...related.map(({ index }): [number, ColumnRole] => [index, "related"]),
    ...(group === undefined ? [] : [[group, "group"] as [number, ColumnRole]]),
  ];
  const isOwn = (index: number) => sameName(cells[index] ?? "") === sameName(names[index] ?? "");
  if (fields.every(([index]) => isOwn(index))) return false;
  return fields.every(([index, kind]) => isOwn(index) || kindOfName(cells[index] ?? "") === kind);
}

/** A map of columns decides about the header alone: below it, a name is one of the known names. */
function kindOfName(name: string): ColumnRole | undefined {
  const role = ROLE_OF_FIELD.get(sameName(name)) ?? roleOfAlias(name) ?? relatedName(name)?.role;
  return role && fieldKind(role);
}
