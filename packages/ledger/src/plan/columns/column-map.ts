import { LedgerError } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import {
  fieldKind,
  isContractBase,
  relatedName,
  ROLE_OF_FIELD,
  roleOfAlias,
  sameName,
  type ColumnRole,
} from "./column-names.ts";
import type { CheckedField } from "../limits.ts";

/** The `map` of a plan's request, parsed: which field each column name stands for, and which name each field has. */
export interface ColumnMap {
  /** Returns the role of a column by its name; undefined if the column is none of the fields. */
  roleOf: (name: string) => NamedRole | undefined;
  /** Returns the column that the map names for a field; undefined if it names none. */
  mappedName: (field: CheckedField) => string | undefined;
  jsonKeys: JsonKeys;
}

export interface NamedRole {
  role: ColumnRole;
  /** The column has another name than the contract's. A column with the contract's name takes precedence. */
  isAlias: boolean;
  /** One of several columns for related ids: `related_id2`. */
  isNumbered: boolean;
}

/** The names of the fields in a JSON object that the same map can read again. */
export interface JsonKeys {
  names: Record<CheckedField, string>;
  /** Makes an object with one related id, also if its key is the one for several. */
  record: (values: Record<CheckedField, unknown>) => Record<string, unknown>;
}

/** Parses a map of field to column name. Throws `bad-option` for an unknown field or an empty column name. */
export function parseColumnMap(map: Readonly<Record<string, string>> = {}): ColumnMap {
  const mapped = new Map<string, ColumnRole>();
  for (const [field, column] of Object.entries(map)) {
    const role = ROLE_OF_FIELD.get(field);
    if (role === undefined || column.trim() === "") {
      throw new LedgerError(
        "bad-option",
        `"${visibleText(`${field}=${column}`)}" is not a mapping: the fields are case_id, related_id, related_ids and group_id, for example case_id=Ticket.`,
      );
    }
    mapped.set(sameName(column), role);
  }
  // A mapped field has only its mapped name; related_id and related_ids are one field.
  const kinds = new Set([...mapped.values()].map(fieldKind));
  return {
    roleOf(name) {
      const key = sameName(name);
      const role = mapped.get(key) ?? ROLE_OF_FIELD.get(key);
      const numbered = role === undefined ? relatedName(name) : undefined;
      const named = role ?? roleOfAlias(name) ?? numbered?.role;
      if (named === undefined || (!mapped.has(key) && kinds.has(fieldKind(named)))) return undefined;
      const hasNumber = numbered !== undefined && numbered.number !== "";
      return {
        role: named,
        isAlias: role === undefined && !(hasNumber && isContractBase(numbered.base)),
        isNumbered: hasNumber,
      };
    },
    mappedName: (field) => (field === "related_id" ? (map.related_id ?? map.related_ids) : map[field]),
    jsonKeys: createJsonKeys(map),
  };
}

function createJsonKeys(map: Readonly<Record<string, string>>): JsonKeys {
  const isList = map.related_id === undefined && map.related_ids !== undefined;
  const names = {
    case_id: map.case_id ?? "case_id",
    related_id: map.related_id ?? map.related_ids ?? "related_id",
    group_id: map.group_id ?? "group_id",
  };
  return {
    names,
    record: ({ case_id, related_id, group_id }) => ({
      [names.case_id]: case_id,
      [names.related_id]: isList && related_id !== "" ? [related_id] : related_id,
      [names.group_id]: group_id,
    }),
  };
}
