/** Types whose values contain others. All other types become text. */
const IS_NESTED = /^(STRUCT|MAP)\(|\]$/;

/**
 * Matches parts of a nested type: a quoted name, which stays, or a type whose values JSON cannot hold exactly (NaN,
 * infinity, more digits than a JavaScript number has). An unquoted name that reads like a type is followed by a space
 * and its type.
 */
const ALTERED_BY_JSON = /"(?:[^"]|"")*"|\b(?:DOUBLE|FLOAT|U?(?:BIG|HUGE)INT|DECIMAL\(\d+,\d+\)|JSON)(?![\w ])/g;

/**
 * Returns a DuckDB expression for the JSON value of one of the input's other columns: the text that DuckDB shows, with
 * all digits. Lists and structs keep their form, with such texts in them. Within these, whole numbers of up to 32 bits
 * and truth values stay JSON numbers and truth values.
 *
 * @param column an SQL expression of that type
 */
export function parquetValueSql(column: string, type: string): string {
  if (!IS_NESTED.test(type)) return `CAST(${column} AS VARCHAR)`;
  const exact = type.replaceAll(ALTERED_BY_JSON, (part) => (part.startsWith('"') ? part : "VARCHAR"));
  return exact === type ? column : `CAST(${column} AS ${exact})`;
}
