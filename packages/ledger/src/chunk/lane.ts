import { hash } from "node:crypto";

/** The lanes of an endpoint, in order. */
export const LANES: readonly string[] = "0123456789abcdef".split("");

/**
 * Returns the lane of a ticket: the first hex digit of the MD5 of its id in UTF-8. This must never change, because all
 * batches that write to a ticket must use the same lane. {@link laneSql} is the same in DuckDB.
 */
export function laneOf(ticket: string): string {
  return hash("md5", ticket, "hex").charAt(0);
}

/** {@link laneOf} as a DuckDB expression over a text expression. */
export function laneSql(ticket: string): string {
  return `left(md5(${ticket}), 1)`;
}
