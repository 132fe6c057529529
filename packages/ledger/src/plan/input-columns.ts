import { InputError, LedgerError } from "../ledger-error.ts";
import { visibleText } from "../visible-text.ts";
import { fieldKind, ROLE_OF_FIELD, roleOfAlias, sameName, type ColumnRole } from "./column-names.ts";

export interface ColumnOptions {
  map?: Record<string, string> | undefined;
  groupId?: string | undefined;
}

/** `isAlias`: by a name that is not the contract's, so that one that is goes before it. */
export interface NamedRole {
  role: ColumnRole;
  isAlias: boolean;
}

export type RoleOf = (name: string) => NamedRole | undefined;

/** Tells the role of a column by its name. Throws `bad-option` for a map of unknown fields. */
export function createRoleOf({ map = {} }: ColumnOptions): RoleOf {
  const mapped = new Map<string, ColumnRole>();
  for (const [field, column] of Object.entries(map)) {
    const role = ROLE_OF_FIELD.get(field);
    if (role === undefined || column.trim() === "") {
      throw new LedgerError(
        "bad-option",
        `"${visibleText(`${field}=${column}`)}" maps nothing: the fields are case_id, related_id, related_ids and group_id, for example case_id=Ticket.`,
      );
    }
    mapped.set(sameName(column), role);
  }
  // A mapped field is looked for under its mapped name only; both forms of related ids are one field.
  const kinds = new Set([...mapped.values()].map(fieldKind));
  return (name) => {
    const key = sameName(name);
    const role = mapped.get(key) ?? ROLE_OF_FIELD.get(key);
    const named = role ?? roleOfAlias(name);
    if (named === undefined || (!mapped.has(key) && kinds.has(fieldKind(named)))) return undefined;
    return { role: named, isAlias: role === undefined };
  };
}

/** Where a table's columns are. */
export interface TableColumns {
  /** As in the file, blanks dropped. */
  names: readonly string[];
  ticket: number;
  related: number;
  relatedIsList: boolean;
  group: number | undefined;
  others: readonly { index: number; name: string }[];
}

/** Finds the needed columns of a header. Throws `InputError`, with the columns found, where one is missing or there twice. */
export function resolveColumns(header: readonly string[], file: string, options: ColumnOptions): TableColumns {
  const names = header.map((name) => name.trim());
  const roleOf = createRoleOf(options);
  const found: Record<ColumnRole, number[]> = { ticket: [], related: [], list: [], group: [] };
  const others: { index: number; name: string }[] = [];
  const taken = new Set<string>();
  const roles = names.map(roleOf);
  const named = new Set(roles.flatMap((known) => (known && !known.isAlias ? [fieldKind(known.role)] : [])));
  for (const [index, name] of names.entries()) {
    const known = roles[index];
    if (known && !(known.isAlias && named.has(fieldKind(known.role)))) found[known.role].push(index);
    else others.push({ index, name: uniqueName(name === "" ? `column_${index + 1}` : name, taken) });
  }
  const related = [...found.related, ...found.list];
  const relatedField = found.list.length > 0 ? "related_ids" : "related_id";
  for (const [field, columns] of [
    ["case_id", found.ticket],
    [relatedField, related],
    ["group_id", found.group],
  ] as const) {
    if (columns.length < 2) continue;
    throw ambiguous(
      file,
      field,
      columns.map((index) => names[index] ?? ""),
    );
  }
  const [ticket] = found.ticket;
  const [relatedIndex] = related;
  const [group] = found.group;
  if (ticket === undefined) throw missingColumn(file, "case_id", names, options);
  if (relatedIndex === undefined) throw missingColumn(file, "related_id", names, options);
  if (group === undefined && options.groupId === undefined) throw missingColumn(file, "group_id", names, options);
  return { names, ticket, related: relatedIndex, relatedIsList: found.list.length > 0, group, others };
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let count = 2; taken.has(unique); count++) unique = `${name}_${count}`;
  taken.add(unique);
  return unique;
}

function ambiguous(file: string, field: string, names: string[]): InputError {
  const list = names.map((name) => `"${visibleText(name)}"`).join(" and ");
  const example = visibleText(`${field}=${names[0] ?? ""}`);
  return new InputError(
    `${file} has more than one column for the same field: ${list}. Rename all but one, or name the right one with --map, for example --map "${example}".`,
  );
}

/** `found`: the columns or keys that are there. */
export function missingColumn(
  file: string,
  field: "case_id" | "related_id" | "group_id",
  found: readonly string[],
  { map }: ColumnOptions,
): InputError {
  const asked = field === "related_id" ? (map?.related_id ?? map?.related_ids) : map?.[field];
  const wanted = asked === undefined ? field : `${asked} (mapped to ${field})`;
  const shown = found.slice(0, 30).map((name) => visibleText(name) || "(no name)");
  if (found.length > shown.length) shown.push(`and ${found.length - shown.length} more`);
  const example = visibleText(found.find((name) => name !== "") ?? "Column");
  const other = field === "group_id" ? " or give one group for all rows with --group-id" : "";
  return new InputError(
    `${file} has no column ${visibleText(wanted)}. Its columns: ${shown.join(", ")}. Name the right one with --map, for example --map "${field}=${example}"${other}.`,
  );
}
