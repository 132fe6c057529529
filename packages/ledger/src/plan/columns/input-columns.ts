import { InputError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import type { CheckedField } from "../limits.ts";
import type { ColumnMap, NamedRole } from "./column-map.ts";
import { fieldKind, resemblesRelated, type ColumnRole } from "./column-names.ts";
import { belongTogether, type RelatedColumn } from "./related-columns.ts";
import { fileError, combineErrors } from "../input-errors.ts";

export interface ColumnOptions {
  columnMap: ColumnMap;
  groupId?: string | undefined;
}

/** The positions of a table's columns. */
export interface TableColumns {
  /** As in the file, without blanks around them. */
  names: readonly string[];
  ticket: number;
  /** At least one. A line has a row for each filled cell. */
  related: readonly RelatedColumn[];
  group: number | undefined;
  others: readonly { index: number; name: string }[];
  /** Names of other columns that may be meant as related ids. */
  resembleRelated: readonly string[];
}

/**
 * Finds the required columns in a header. Several columns with related ids are allowed if their names differ only in a
 * number. Throws one `InputError` for all fields that are missing or have more than one column.
 */
export function resolveColumns(
  header: readonly string[],
  file: string,
  options: ColumnOptions,
  line = 1,
): TableColumns {
  const names = header.map((name) => name.trim());
  const found: Record<ColumnRole, number[]> = { ticket: [], related: [], list: [], group: [] };
  const others: { index: number; name: string }[] = [];
  const uniqueName = createUniqueNames();
  const resembleRelated: string[] = [];
  const roles = rolesOf(names, options);
  const named = new Set(roles.flatMap((known) => (known && !known.isAlias ? [fieldKind(known.role)] : [])));
  for (const [index, name] of names.entries()) {
    const known = roles[index];
    if (known && !(known.isAlias && named.has(fieldKind(known.role)))) found[known.role].push(index);
    else {
      others.push({ index, name: uniqueName(name === "" ? `column_${index + 1}` : name) });
      const isDropped = known !== undefined && fieldKind(known.role) === "related";
      if (isDropped || (known === undefined && resemblesRelated(name))) resembleRelated.push(name);
    }
  }
  const related = [...found.related, ...found.list].sort((a, b) => a - b);
  const relatedField = found.list.length > 0 ? "related_ids" : "related_id";
  const [ticket] = found.ticket;
  const [group] = found.group;
  const errors = (
    [
      ["case_id", found.ticket],
      [relatedField, related],
      ["group_id", found.group],
    ] as const
  ).flatMap(([field, columns]) => {
    const own = columns.map((index) => names[index] ?? "");
    const areOne = columns.length < 2 || (columns === related && belongTogether(own, options.columnMap));
    return areOne ? [] : [ambiguous(file, field, own, line)];
  });
  const missing = missingColumns(
    file,
    { case_id: ticket !== undefined, related_id: related.length > 0, group_id: group !== undefined },
    names,
    options,
    line,
  );
  if (missing) errors.push(missing);
  if (errors.length > 0 || ticket === undefined) throw combineErrors(errors);
  const lists = new Set(found.list);
  return {
    names,
    ticket,
    related: related.map((index) => ({ index, isList: lists.has(index) })),
    group,
    others,
    resembleRelated,
  };
}

/** Returns the roles of columns. Of several whose names differ only in case, a map means the one with its very name. */
function rolesOf(names: readonly string[], { columnMap }: ColumnOptions): (NamedRole | undefined)[] {
  const known = names.map((name) => columnMap.roleOf(name));
  for (const [field, kind] of Object.entries(KINDS) as [CheckedField, ColumnRole][]) {
    const mapped = columnMap.mappedName(field)?.trim();
    if (mapped === undefined || !names.includes(mapped)) continue;
    for (const [index, name] of names.entries()) {
      const role = known[index]?.role;
      if (role !== undefined && fieldKind(role) === kind && name !== mapped) known[index] = undefined;
    }
  }
  return known;
}

const KINDS: Record<CheckedField, ColumnRole> = { case_id: "ticket", related_id: "related", group_id: "group" };

/** Makes a function that gives a name that occurs again the next free number. */
function createUniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return (name) => {
    let unique = name;
    let count = counts.get(name) ?? 1;
    while (taken.has(unique)) unique = `${name}_${++count}`;
    counts.set(name, count);
    taken.add(unique);
    return unique;
  };
}

function ambiguous(file: string, field: string, twins: readonly string[], line: number): InputError {
  const list = twins.map((name) => `"${visibleText(name)}"`).join(" and ");
  const example = visibleText(`${field}=${twins[0] ?? ""}`);
  // A map cannot choose between equal names.
  const canMap = new Set(twins).size === twins.length;
  return fileError(
    file,
    `has more than one column for the same field: ${list}`,
    `Rename all but one${canMap ? `, or name the right one with --map, for example --map "${example}"` : ""}.`,
    { line },
  );
}

/** The required fields, and whether the input has each of them. */
type FoundFields = Record<"case_id" | "related_id" | "group_id", boolean>;

/**
 * Returns one error for all missing fields, with a diagnostic for each of them; undefined if none is missing.
 *
 * @param found the columns or keys that the input has
 */
export function missingColumns(
  file: string,
  has: FoundFields,
  found: readonly string[],
  { columnMap, groupId }: ColumnOptions,
  line = 1,
): InputError | undefined {
  const fields = (["case_id", "related_id", "group_id"] as const).filter(
    (field) => !has[field] && !(field === "group_id" && groupId !== undefined),
  );
  const [first] = fields;
  if (first === undefined) return undefined;
  const wanted = fields.map((field) => {
    const asked = columnMap.mappedName(field);
    return visibleText(asked === undefined ? field : `${asked} (mapped to ${field})`);
  });
  const shown = found.slice(0, 30).map((name) => visibleText(name) || "(no name)");
  if (found.length > shown.length) shown.push(`and ${found.length - shown.length} more`);
  const named = found.filter((name) => name !== "");
  // A column that is another field already is not what is missing.
  const free = named.filter((name) => columnMap.roleOf(name) === undefined);
  const example = visibleText(
    (first === "related_id" ? free.find(resemblesRelated) : undefined) ?? free[0] ?? named[0] ?? "Column",
  );
  const isOne = fields.length === 1;
  const group = fields.includes("group_id")
    ? `${isOne ? " or" : "; or"} give one group for all rows with --group-id`
    : "";
  const [only = ""] = found.length === 1 ? found : [];
  const separator = /[,;\t|]/u.exec(only)?.[0];
  const mapping = `Name the right ${isOne ? "one" : "ones"} with --map, for example --map "${first}=${example}"${group}.`;
  const advice =
    separator === undefined
      ? mapping
      : `All names are in one cell: remove the quotation marks around whole lines, or name the separator in a first line sep=${separator}`;
  return new InputError(
    `${file}${line === 1 ? "" : `, line ${line},`} has no ${isOne ? "column" : "columns"} ${listed(wanted)}. Its columns: ${shown.join(", ")}. ${advice}`,
    wanted.map((name) => ({ severity: "error", file, line, value: "", reason: `has no column ${name}`, advice })),
  );
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
