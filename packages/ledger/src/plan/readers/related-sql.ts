import { splitRelatedSql } from "../blanks.ts";

/** A cell with related ids, as a DuckDB expression. */
export interface RelatedCell {
  /** A text without blanks around it; for `ids`, a list of such texts. */
  cell: string;
  /** One id, a text with several ids, or a list of ids. */
  form: "one" | "list" | "ids";
}

/** DuckDB expressions for the related ids of a line, as {@link relatedIds} returns them. */
export interface RelatedSql {
  /** For the inner query; it yields a row for each id. */
  found: string;
  /** For the query over the inner one, in which {@link found} is the column `found`. */
  id: string;
  column: string;
}

export function relatedSql(cells: readonly RelatedCell[]): RelatedSql {
  const [first] = cells;
  if (first !== undefined && cells.length === 1) {
    const { cell, form } = first;
    const ids = form === "list" ? splitRelatedSql(cell) : `CASE WHEN len(${cell}) = 0 THEN [''] ELSE ${cell} END`;
    return { found: form === "one" ? cell : `unnest(${ids})`, id: "found", column: "0" };
  }
  const lists = cells.map(({ cell, form }, column) => {
    const ids = form === "one" ? `[${cell}]` : form === "list" ? splitRelatedSql(cell) : cell;
    // An empty element of a list is reported; an empty cell is not, if another one has an id.
    const filled = form === "ids" ? ids : `list_filter(${ids}, lambda id: id <> '')`;
    return `list_transform(${filled}, lambda id: {'id': id, 'at': ${column}})`;
  });
  const all = lists.reduce((list, next) => `list_concat(${list}, ${next})`);
  return {
    found: `unnest(CASE WHEN len(${all}) = 0 THEN [{'id': '', 'at': 0}] ELSE ${all} END)`,
    id: "found.id",
    column: "found.at",
  };
}
