import type { Database } from "../../database.ts";
import type { Diagnostic } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import type { InputNames } from "./find-errors.ts";
import { variantHints, type IdColumn, type VariantHints } from "./variant-hints.ts";

const LONGEST_SHOWN = 34;
/** Up to this many unusual ids are checked, however few rows the input has. */
const FEW = 100_000;

/**
 * Finds ids of a column that differ from others only in case or in Unicode normalisation: the API treats them as different
 * tickets. Its aggregates have a fixed size, so that DuckDB can spill them to the disk.
 */
export async function findVariants(
  database: Database,
  column: IdColumn,
  hints: VariantHints,
  names: InputNames,
): Promise<Diagnostic[]> {
  const unusual = await unusualSpelling(database, column, hints);
  if (unusual === undefined) return [];
  const formOf = (id: string) => `hash(lower(${hints.notComposed > 0 ? `nfc_normalize(${id})` : id}))`;
  const valid = `input ANTI JOIN row_error USING ("row")`;
  await database.run(
    `CREATE OR REPLACE TEMP TABLE variant AS SELECT ${formOf(column)} AS form, min("row") AS first_row FROM ${valid}
     WHERE ${formOf(column)} IN (SELECT DISTINCT ${formOf(column)} FROM input WHERE ${unusual})
     GROUP BY form HAVING min(hash(${column})) <> max(hash(${column}))`,
  );
  const count = await database.count("SELECT count(*) FROM variant");
  if (count === 0) return [];
  const [pair] = await database.all(
    `WITH shown AS MATERIALIZED (SELECT form, first_row FROM variant ORDER BY first_row LIMIT 1),
       first AS MATERIALIZED (SELECT i.${column} AS id, i.file, i.line, i.related_column, form FROM input i JOIN shown ON i."row" = first_row)
     SELECT first.id AS id, first.file AS file, first.line AS line, first.related_column AS related_column, other.${column} AS other,
       (nfc_normalize(first.id) = nfc_normalize(other.${column}))::INTEGER AS is_form
     FROM (SELECT * FROM ${valid}) other JOIN first ON ${formOf(`other.${column}`)} = first.form
     WHERE other.${column} <> first.id ORDER BY other."row" LIMIT 1`,
  );
  if (!pair) return [];
  const file = Number(pair.file);
  const what = Number(pair.is_form) === 1 ? "Unicode normalisation" : "upper and lower case";
  const many = count === 1 ? "1 id occurs" : `${count} ids occur`;
  return [
    {
      severity: "warning",
      file: names.file(file),
      line: Number(pair.line),
      column: names.column(file, column, Number(pair.related_column)),
      value: "",
      reason: `${many} in several spellings, such as ${shown(pair.id)} and ${shown(pair.other)}, which differ only in ${what}`,
      advice: "each spelling is a ticket of its own; use one if they are the same",
    },
  ];
}

/**
 * The condition for the ids that are spelled differently from most: of two variants, at least one is. Undefined if there are
 * none, or so many that both spellings are usual and the check would slow the plan down.
 */
async function unusualSpelling(database: Database, column: IdColumn, hints: VariantHints): Promise<string | undefined> {
  const { notUpper, notComposed } = variantHints(column);
  const conditions = hints.notComposed === 0 ? [] : [notComposed];
  if (hints.notUpper > 0) {
    const notLower = `${column} <> lower(${column})`;
    const most = Math.max(FEW, (await database.count("SELECT count(*) FROM input")) / 20);
    const countIn = (rows: string) => database.count(`SELECT count_if(${notLower}) FROM ${rows}`);
    // Usually the first rows show that all ids have capitals and small letters.
    const isFirstEnough =
      hints.notUpper > most && (await countIn(`(SELECT ${column} FROM input LIMIT ${Math.floor(most) + 1})`)) > most;
    const lower = isFirstEnough ? 0 : await countIn("input");
    if (lower > 0 && Math.min(lower, hints.notUpper) <= most)
      conditions.push(lower < hints.notUpper ? notLower : notUpper);
  }
  return conditions.length === 0 ? undefined : conditions.map((condition) => `(${condition})`).join(" OR ");
}

function shown(id: unknown): string {
  const text = visibleText(String(id));
  return `"${text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text}"`;
}
