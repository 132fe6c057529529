import type { ColumnMap } from "./column-map.ts";
import { relatedName, sameName } from "./column-names.ts";
import { splitRelated } from "../blanks.ts";

/** A column for related ids. */
export interface RelatedColumn {
  index: number;
  /** A cell can have several ids. */
  isList: boolean;
}

/** A related id of a line, and its column's place among the columns for related ids, from 0. */
export interface RelatedId {
  id: string;
  column: number;
}

/**
 * Returns whether columns for related ids belong together: they have one name, or one name with different numbers, such
 * as `related_id`, `related_id2` and `related_id3`. Others could have the same ids a second time.
 */
export function belongTogether(names: readonly string[], { roleOf }: ColumnMap): boolean {
  const known = names.map((name) => {
    const { base, number } = roleOf(name)?.isNumbered ? (relatedName(name) ?? noName(name)) : noName(name);
    return { name: sameName(name), base, number };
  });
  const [first] = known;
  if (first === undefined || known.every(({ name }) => name === first.name)) return true;
  const nameOf = new Map<string, string>();
  return known.every(({ name, base, number }) => {
    const twin = nameOf.get(number) ?? name;
    nameOf.set(number, name);
    return base === first.base && twin === name;
  });
}

function noName(name: string) {
  return { base: relatedName(name)?.base ?? name, number: "" };
}

/**
 * Returns the related ids of a line: one for each filled cell, and each id of a list. If all cells are empty, returns one
 * empty id, so that the line becomes a row.
 */
export function relatedIds(columns: readonly RelatedColumn[], cellOf: (index: number) => string): RelatedId[] {
  const found: RelatedId[] = [];
  for (const [column, { index, isList }] of columns.entries()) {
    const cell = cellOf(index).trim();
    for (const id of isList ? splitRelated(cell) : [cell]) if (id !== "") found.push({ id, column });
  }
  return found.length > 0 ? found : [{ id: "", column: 0 }];
}
