import { sqlText, type Database } from "../../database.ts";
import { InputError, type Diagnostic } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import { damageHints, findColumnDamage } from "./find-column-damage.ts";
import { ID_COLUMNS, variantHints, type IdColumn, type VariantHints } from "./variant-hints.ts";
import { LONGEST, type CheckedField } from "../limits.ts";
import { RULE_ORDER } from "../row-table.ts";
import { rulesFor, type Rule } from "./value-rules.ts";
import { findHeaderRows } from "./find-header-rows.ts";
import type { RejectSource } from "../rejects/reject-source.ts";

/** In the order in which the errors of a row are listed. */
const FIELDS: CheckedField[] = ["case_id", "related_id", "group_id"];

const IS_ITSELF = "case_id = related_id AND case_id <> ''";

/**
 * Finds all errors of all rows: those of the readers, invalid values, associations of a ticket with itself. Returns how
 * many related ids have unusual characters, and how many ids may be variants of others.
 */
export async function findErrors(
  database: Database,
  groupId: string | undefined,
  { sources, names }: { sources: readonly RejectSource[]; names: InputNames },
): Promise<Hints> {
  const tickets = [...new Set(sources.map((_, file) => names.column(file, "case_id")))];
  await database.run(
    `INSERT INTO row_error SELECT "row", ${RULE_ORDER.reader}, field, column_name, value, reason, advice FROM reader_error`,
  );
  const suspicions = await countSuspicions(database, groupId !== undefined, tickets);
  for (const field of FIELDS) {
    if (suspicions[field] > 0) await findValueErrors(database, field, groupId !== undefined);
  }
  if (suspicions.case_id > 0 || suspicions.variants.case_id.notUpper > 0 || suspicions.capital_name > 0) {
    await findHeaderRows(database, sources, tickets);
  }
  for (const field of ID_COLUMNS) {
    const hints = { zeros: suspicions[`${field}_zeros`], long: suspicions[`${field}_long`] };
    await findColumnDamage(database, field, hints);
  }
  if (suspicions.itself > 0) {
    await database.run(
      `INSERT INTO row_error SELECT "row", ${RULE_ORDER.itself}, 'related_id', NULL, related_id, 'is the ticket itself', 'a ticket cannot be associated with itself'
       FROM input WHERE ${IS_ITSELF} AND "row" NOT IN (SELECT "row" FROM row_error)`,
    );
  }
  return { oddRelated: suspicions.related_id, variants: suspicions.variants };
}

/** Counts of valid values that need a further check. */
export interface Hints {
  /** Related ids with other characters than letters and digits. */
  oddRelated: number;
  variants: Record<IdColumn, VariantHints>;
}

/** Counts the rows that each check has to examine; usually none. One pass for all: the table is often on the disk. */
async function countSuspicions(database: Database, hasGroupId: boolean, tickets: readonly string[]) {
  // Names in capitals have no other mark of their own.
  const capitals = [...new Set(["case_id", ...tickets].map((name) => name.trim().toUpperCase()))];
  const conditions: Record<string, string> = {
    itself: IS_ITSELF,
    capital_name: `case_id IN (${capitals.map(sqlText).join(", ")})`,
  };
  for (const field of FIELDS) conditions[field] = rulesFor(field, hasGroupId).suspect;
  for (const field of ID_COLUMNS) {
    const hints = damageHints(field);
    conditions[`${field}_zeros`] = hints.zeros;
    conditions[`${field}_long`] = hints.long;
    const variants = variantHints(field);
    conditions[`${field}_not_upper`] = variants.notUpper;
    conditions[`${field}_not_composed`] = variants.notComposed;
  }
  const names = Object.keys(conditions);
  const [counts] = await database.all(
    `SELECT ${names.map((name) => `count_if(${conditions[name]}) AS ${name}`).join(", ")} FROM input`,
  );
  const countOf = (name: string) => Number(counts?.[name] ?? 0);
  const variantsOf = (column: string): VariantHints => ({
    notUpper: countOf(`${column}_not_upper`),
    notComposed: countOf(`${column}_not_composed`),
  });
  return {
    case_id: countOf("case_id"),
    related_id: countOf("related_id"),
    group_id: countOf("group_id"),
    case_id_zeros: countOf("case_id_zeros"),
    case_id_long: countOf("case_id_long"),
    related_id_zeros: countOf("related_id_zeros"),
    related_id_long: countOf("related_id_long"),
    itself: countOf("itself"),
    capital_name: countOf("capital_name"),
    variants: { case_id: variantsOf("case_id"), related_id: variantsOf("related_id") },
  };
}

async function findValueErrors(database: Database, field: CheckedField, hasGroupId: boolean): Promise<void> {
  const { rules, suspect } = rulesFor(field, hasGroupId);
  const textOf = (what: (rule: Rule) => string) =>
    `CASE rule ${rules.map((rule, index) => `WHEN ${index} THEN ${what(rule)}`).join(" ")} END`;
  // Materialized, so that each rule is evaluated once: a plan of few rows spends most of its time on compiling patterns.
  await database.run(
    `INSERT INTO row_error
     WITH suspicious AS MATERIALIZED (
       SELECT "row", ${field}, CASE ${rules.map((rule, index) => `WHEN ${rule.when(field)} THEN ${index}`).join(" ")} END AS rule
       FROM input WHERE ${suspect}
         AND NOT EXISTS (SELECT 1 FROM reader_error f WHERE f."row" = input."row" AND (f.field IS NULL OR f.field = '${field}'))
     )
     SELECT "row", ${RULE_ORDER[field]}, '${field}', NULL, ${field},
       ${textOf((rule) => rule.reason(field))}, ${textOf((rule) => sqlText(rule.advice))}
     FROM suspicious WHERE rule IS NOT NULL`,
  );
}

/** The names of the inputs and of their columns, for messages. */
export interface InputNames {
  file: (index: number) => string;
  /** @param relatedColumn the place of a related id's column among those of the input, from 0 */
  column: (index: number, field: CheckedField, relatedColumn?: number) => string;
}

/** Rows with the same values in these columns are one error in messages: a cell can become several rows. */
const SAME_ERROR = "file, line, rule_order, field, column_name, value, reason, advice, related_column";

const ERRORS_WITH_PLACE = `
SELECT "row", i.file, i.line, f.rule_order, f.field, f.column_name, f.value, f.reason, f.advice,
  CASE f.field WHEN 'related_id' THEN i.related_column END AS related_column
FROM row_error f JOIN input i USING ("row")`;

/** Bounds of the rows that came from the first lines with an error: a line may have become many rows. */
function firstLinesSql(lines: number): string {
  return `SELECT min(first_row) AS first_row, max(last_row) AS last_row FROM (
  SELECT min("row") AS first_row, max("row") AS last_row FROM input SEMI JOIN row_error USING ("row")
  GROUP BY file, line ORDER BY first_row LIMIT ${lines})`;
}

/** Returns the first errors in file order, and the number of all errors. */
export async function firstErrors(
  database: Database,
  limit: number,
  names: InputNames,
): Promise<[Diagnostic[], number]> {
  // Hashes need a tenth of the texts' memory. Two of a million collide once in 30 million inputs.
  const count = await database.count(`SELECT count(DISTINCT hash(${SAME_ERROR})) FROM (${ERRORS_WITH_PLACE})`);
  if (count === 0) return [[], 0];
  const [bounds] = await database.all(firstLinesSql(limit));
  const rows = await database.all(
    `SELECT min("row") AS first_row, ${SAME_ERROR} FROM (${ERRORS_WITH_PLACE})
     WHERE "row" BETWEEN ${Number(bounds?.first_row)} AND ${Number(bounds?.last_row)}
     GROUP BY ${SAME_ERROR} ORDER BY first_row, rule_order, related_column, value LIMIT ${limit}`,
  );
  const errors = rows.map((row): Diagnostic => {
    const file = Number(row.file);
    const field = FIELDS.find((name) => name === row.field);
    const column =
      row.column_name ?? (field === undefined ? null : names.column(file, field, Number(row.related_column ?? 0)));
    return {
      severity: "error",
      file: names.file(file),
      line: Number(row.line),
      ...(column !== null && { column: String(column) }),
      value: visibleText(String(row.value ?? "")),
      reason: String(row.reason),
      ...(row.advice !== null && { advice: String(row.advice) }),
    };
  });
  return [errors, count];
}

/** Throws `InputError` if the request's group for rows without one is itself invalid. */
export function assertGroupId(groupId: string | undefined): void {
  if (groupId === undefined) return;
  const { length } = Array.from(groupId);
  if (length >= 1 && length <= LONGEST.group_id && groupId.trim() === groupId && !/\p{Cc}/u.test(groupId)) return;
  throw new InputError(
    `--group-id "${visibleText(groupId)}" cannot be a group: a group has 1 to ${LONGEST.group_id} characters, without spaces around them.`,
  );
}
