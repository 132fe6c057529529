import type { Database } from "../../database.ts";
import type { CheckedField } from "../limits.ts";
import { RULE_ORDER } from "../row-table.ts";

/** Ids of fewer digits are too few to tell a pattern by. */
const FEWEST_DIGITS = 5;
/** Digits that a spreadsheet keeps of a number. */
const KEPT_DIGITS = 15;

/**
 * Finds what only the column as a whole shows, file by file: numbers that lost the zeros before them where others kept
 * theirs, and long numbers that all end in zeros.
 */
export async function findColumnDamage(
  database: Database,
  field: CheckedField,
  hints: { zeros: number; long: number },
): Promise<void> {
  if (hints.zeros > 0) await findLostZeros(database, field);
  if (hints.long > 0) await findLostDigits(database, field);
}

/** Without a row of the first or the second, there is no damage of the one kind or the other. */
export function damageHints(field: CheckedField) {
  return {
    zeros: `starts_with(${field}, '0')`,
    long: `length(${field}) > ${KEPT_DIGITS} AND ends_with(${field}, '0')`,
  };
}

/** Where nearly all numbers have one length, and those that begin with 0 all do. */
async function findLostZeros(database: Database, field: CheckedField): Promise<void> {
  const zeros = `FILTER (starts_with(${field}, '0'))`;
  await insertErrors(database, field, {
    columns: `SELECT file, digits
      FROM (SELECT file, max(length(${field})) AS digits FROM input WHERE ${isNumber(field)} GROUP BY file)
      JOIN input USING (file) WHERE ${isNumber(field)} GROUP BY file, digits
      HAVING count(*) ${zeros} >= 2 AND min(length(${field})) ${zeros} = digits AND digits >= ${FEWEST_DIGITS}
        AND count_if(length(${field}) < digits) <= 0.2 * count(*)`,
    when: `length(${field}) < digits`,
    reason: `'has ' || length(${field}) || ' digits where the others of the column have ' || digits || ', zeros before them included'`,
    advice: "a spreadsheet may have removed the zeros: format the column as text and enter the id again",
  });
}

/** Where there are several, and all of them: that ids end so by chance is less likely than one in a million. */
async function findLostDigits(database: Database, field: CheckedField): Promise<void> {
  const isLong = `length(${field}) > ${KEPT_DIGITS}`;
  await insertErrors(database, field, {
    columns: `SELECT file FROM (SELECT DISTINCT file, ${field} FROM input WHERE ${isLong} AND ${isNumber(field)}) GROUP BY file
      HAVING bool_and(regexp_full_match(${field}, '\\d{${KEPT_DIGITS}}0+')) AND count(*) >= 2
        AND sum(length(${field}) - ${KEPT_DIGITS}) >= 6`,
    when: isLong,
    reason: `'ends in zeros after ${KEPT_DIGITS} digits, as all long numbers of the column do'`,
    advice: "the spreadsheet lost the last digits: format the column as text and export again",
  });
}

function isNumber(field: CheckedField): string {
  return `regexp_full_match(${field}, '\\d+')`;
}

interface Damage {
  /** The files that show it. */
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
