import type { Database } from "../../database.ts";
import type { CheckedField } from "../limits.ts";
import { RULE_ORDER } from "../row-table.ts";

/** Shorter ids are too short to show a pattern. */
const FEWEST_DIGITS = 5;
/** A spreadsheet keeps this many digits of a number. */
const KEPT_DIGITS = 15;

/**
 * Finds, file by file, the damage that only the whole column shows: numbers that lost their leading zeros while others
 * kept them, and long numbers that all end in zeros.
 */
export async function findColumnDamage(
  database: Database,
  field: CheckedField,
  hints: { zeros: number; long: number },
): Promise<void> {
  if (hints.zeros > 0) await findLostZeros(database, field);
  if (hints.long > 0) await findLostDigits(database, field);
}

/** Returns a cheap condition for each kind of damage: if no row meets it, the column does not have that damage. */
export function damageHints(field: CheckedField) {
  return {
    zeros: `starts_with(${field}, '0')`,
    long: `length(${field}) > ${KEPT_DIGITS} AND ends_with(${field}, '0')`,
  };
}

/** Finds shorter numbers in a column in which nearly all numbers have one length and all with a leading 0 have it. */
async function findLostZeros(database: Database, field: CheckedField): Promise<void> {
  const zeros = `FILTER (starts_with(${field}, '0'))`;
  await insertErrors(database, field, {
    columns: `SELECT file, digits
      FROM (SELECT file, max(length(${field})) AS digits FROM input WHERE ${isNumber(field)} GROUP BY file)
      JOIN input USING (file) WHERE ${isNumber(field)} GROUP BY file, digits
      HAVING count(*) ${zeros} >= 2 AND min(length(${field})) ${zeros} = digits AND digits >= ${FEWEST_DIGITS}
        AND count_if(length(${field}) < digits) <= 0.2 * count(*)`,
    when: `length(${field}) < digits`,
    reason: `'has ' || length(${field}) || ' digits; the other numbers of the column have ' || digits || ', leading zeros included'`,
    advice: "a spreadsheet may have removed the zeros: format the column as text and enter the id again",
  });
}

/**
 * Finds long numbers that all end in zeros after 15 digits. The chance that real ids do so is below one in a million.
 */
async function findLostDigits(database: Database, field: CheckedField): Promise<void> {
  const isLong = `length(${field}) > ${KEPT_DIGITS}`;
  await insertErrors(database, field, {
    columns: `SELECT file FROM (SELECT DISTINCT file, ${field} FROM input WHERE ${isLong} AND ${isNumber(field)}) GROUP BY file
      HAVING bool_and(regexp_full_match(${field}, '\\d{${KEPT_DIGITS}}0+')) AND count(*) >= 2
        AND sum(length(${field}) - ${KEPT_DIGITS}) >= 6`,
    when: isLong,
    reason: `'ends in zeros after ${KEPT_DIGITS} digits, like all long numbers of the column'`,
    advice: "the spreadsheet lost the last digits: format the column as text and export again",
  });
}

function isNumber(field: CheckedField): string {
  return `regexp_full_match(${field}, '\\d+')`;
}

interface Damage {
  /** A query for the files whose column is damaged. */
  columns: string;
  when: string;
  reason: string;
  advice: string;
}

async function insertErrors(
  database: Database,
  field: CheckedField,
  { columns, when, reason, advice }: Damage,
): Promise<void> {
  await database.run(
    `INSERT INTO row_error SELECT "row", ${RULE_ORDER[field]}, '${field}', NULL, ${field}, ${reason}, '${advice}'
     FROM input JOIN (${columns}) USING (file)
     WHERE ${when} AND ${isNumber(field)}
       AND NOT EXISTS (SELECT 1 FROM row_error f WHERE f."row" = input."row" AND (f.field IS NULL OR f.field = '${field}'))`,
  );
}
