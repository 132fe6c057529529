import { hash } from "node:crypto";

/** The lanes of an endpoint, in order. */
export const LANES: readonly string[] = "0123456789abcdef".split("");

/**
 * The lane of a ticket: the first hex digit of the MD5 of its id in UTF-8.
 *
 * Stable for ever: two batches that touch one ticket must meet in one lane. {@link laneSql} is the same in DuckDB.
 */
export function laneOf(ticket: string): string {
  return hash("md5", ticket, "hex").charAt(0);
}

/** {@link laneOf} as a DuckDB expression over a text expression. */
export function laneSql(ticket: string): string {
  return `left(md5(${ticket}), 1)`;
}
