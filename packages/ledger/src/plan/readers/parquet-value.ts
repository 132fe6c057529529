/** Types whose values are made of others; all others are shown as a text. */
const IS_NESTED = /^(STRUCT|MAP)\(|\]$/;

/**
 * Inside of a nested type: a quoted name, which is passed over, or a type whose values JSON does not hold as they are, NaN
 * and infinity or more digits than a number of JavaScript has. A name that reads like a type is followed by its own.
 */
const ALTERED_BY_JSON = /"(?:[^"]|"")*"|\b(?:DOUBLE|FLOAT|U?(?:BIG|HUGE)INT|DECIMAL\(\d+,\d+\)|JSON)(?![\w ])/g;

/**
 * A value of another column as a DuckDB expression that goes into JSON: the text that DuckDB shows, with every digit. Lists
 * and structs stay what they are, with such texts in them; only whole numbers of up to 32 bits and truth values are JSON's own.
 *
 * @param column an SQL expression of that type
 */
export function parquetValueSql(column: string, type: string): string {
  if (!IS_NESTED.test(type)) return `CAST(${column} AS VARCHAR)`;
  const exact = type.replaceAll(ALTERED_BY_JSON, (part) => (part.startsWith('"') ? part : "VARCHAR"));
  return exact === type ? column : `CAST(${column} AS ${exact})`;
}
