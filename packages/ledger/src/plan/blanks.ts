import { sqlText } from "../database.ts";

/**
 * The characters that are dropped around a value: what `String.prototype.trim` drops, so that the readers in
 * TypeScript and those in SQL agree. `blanks.test.ts` fails if the two part.
 */
export const BLANKS =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/**
 * `value.trim()` as a DuckDB expression. Its `trim` with a set of characters is slow, and so are patterns: a value that
 * begins and ends with visible ASCII, as nearly every one does, is told by two numbers.
 */
export function trimSql(value: string): string {
  const isBare = `ascii(${value}) BETWEEN 33 AND 126 AND ascii(right(${value}, 1)) BETWEEN 33 AND 126`;
  return `CASE WHEN ${isBare} THEN ${value} ELSE trim(${value}, ${sqlText(BLANKS)}) END`;
}

/** What separates several related ids in one cell: blanks, comma, semicolon, `|`, and as Chinese keyboards write them. */
const BETWEEN_IDS = `[${BLANKS},;|，；、｜]+`;
const SEPARATORS = new RegExp(BETWEEN_IDS, "u");

/** The related ids of one cell; a single empty one where there is none, so that the line does not get lost. */
export function splitRelated(cell: string): string[] {
  const ids = cell.split(SEPARATORS).filter((id) => id !== "");
  return ids.length > 0 ? ids : [""];
}

/** {@link splitRelated} as a DuckDB expression: a list. */
export function splitRelatedSql(cell: string): string {
  const parts = `list_filter(string_split_regex(${cell}, ${sqlText(BETWEEN_IDS)}), lambda id: id <> '')`;
  return `CASE WHEN len(${parts}) = 0 THEN [''] ELSE ${parts} END`;
}
