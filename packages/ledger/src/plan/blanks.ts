import { sqlText } from "../database.ts";

/**
 * The characters that are dropped around a value: what `String.prototype.trim` drops, so that the readers in
 * TypeScript and those in SQL agree. `blanks.test.ts` fails if the two part.
 */
export const BLANKS =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/** `value.trim()` as a DuckDB expression. Its `trim` with a set of characters is slow, and few values need it. */
export function trimSql(value: string): string {
  const needsTrim = `regexp_matches(${value}, ${sqlText(`^[${BLANKS}]|[${BLANKS}]$`)})`;
  return `CASE WHEN ${needsTrim} THEN trim(${value}, ${sqlText(BLANKS)}) ELSE ${value} END`;
}

/** What separates several related ids in one cell: blanks, comma, semicolon, `|`. */
const SEPARATORS = new RegExp(`[${BLANKS},;|]+`, "u");

/** The related ids of one cell; a single empty one where there is none, so that the line does not get lost. */
export function splitRelated(cell: string): string[] {
  const ids = cell.split(SEPARATORS).filter((id) => id !== "");
  return ids.length > 0 ? ids : [""];
}

/** {@link splitRelated} as a DuckDB expression: a list. */
export function splitRelatedSql(cell: string): string {
  const parts = `list_filter(string_split_regex(${cell}, ${sqlText(`[${BLANKS},;|]+`)}), lambda id: id <> '')`;
  return `CASE WHEN len(${parts}) = 0 THEN [''] ELSE ${parts} END`;
}
