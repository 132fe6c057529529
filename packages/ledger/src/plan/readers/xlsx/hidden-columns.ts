import { InputError } from "../../../ledger-error.ts";
import { visibleText } from "../../../visible-text.ts";
import type { ColumnOptions, TableColumns } from "../../columns/input-columns.ts";
import { combineErrors } from "../../input-errors.ts";
import type { CheckedField } from "../../limits.ts";
import { columnLetters } from "./read-sheet.ts";
import type { Visibility } from "./visibility.ts";

/** Throws `InputError` if the sheet hides a column with ids, unless the map names it. */
export function assertVisible(
  { names, ticket, related, group }: TableColumns,
  { file, line, visibility }: { file: string; line: number; visibility: Visibility },
  { columnMap }: ColumnOptions,
): void {
  const fields: [CheckedField, number][] = [["case_id", ticket]];
  for (const { index } of related) fields.push(["related_id", index]);
  if (group !== undefined) fields.push(["group_id", group]);
  const hidden = fields.filter(
    ([field, index]) => visibility.isHiddenColumn(index) && columnMap.mappedName(field) === undefined,
  );
  const errors = hidden.map(([field, index]) => {
    const column = names[index] ?? "";
    const reason = `column ${columnLetters(index)}, which is read as ${field}, is hidden in the sheet`;
    const advice = `Unhide it to send its ids, or delete it; --map "${visibleText(`${field}=${column}`)}" reads it although it is hidden.`;
    const diagnostic = { severity: "error", file, line, column, value: "", reason, advice } as const;
    return new InputError(`${file}, line ${line}: ${reason}. ${advice}`, [diagnostic]);
  });
  if (errors.length > 0) throw combineErrors(errors);
}
