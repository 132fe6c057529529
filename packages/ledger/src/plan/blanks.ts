import { sqlText } from "../database.ts";

/**
 * The characters that are removed around a value: those of `String.prototype.trim`, so that the readers in TypeScript
 * and the readers in SQL agree. `blanks.test.ts` fails if they differ.
 */
export const BLANKS =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/**
 * `value.trim()` as a DuckDB expression. DuckDB's `trim` with a set of characters is slow, and so are patterns. Nearly
 * every value begins and ends with visible ASCII, which two numbers show.
 */
export function trimSql(value: string): string {
  const isBare = `ascii(${value}) BETWEEN 33 AND 126 AND ascii(right(${value}, 1)) BETWEEN 33 AND 126`;
  return `CASE WHEN ${isBare} THEN ${value} ELSE trim(${value}, ${sqlText(BLANKS)}) END`;
}

/** The separators of related ids in one cell: blanks, comma, semicolon, `|`, and their forms on Chinese keyboards. */
const BETWEEN_IDS = `[${BLANKS},;|，；、｜]+`;
const SEPARATORS = new RegExp(BETWEEN_IDS, "u");

/** Returns the related ids of one cell. An empty cell gives one empty id, so that its line becomes a row. */
export function splitRelated(cell: string): string[] {
  const ids = cell.split(SEPARATORS).filter((id) => id !== "");
  return ids.length > 0 ? ids : [""];
}

/** {@link splitRelated} as a DuckDB expression: a list. */
export function splitRelatedSql(cell: string): string {
  const parts = `list_filter(string_split_regex(${cell}, ${sqlText(BETWEEN_IDS)}), lambda id: id <> '')`;
  return `CASE WHEN len(${parts}) = 0 THEN [''] ELSE ${parts} END`;
}
