import { sqlText, type Database } from "../../database.ts";
import { namesOfFields } from "../columns/column-names.ts";
import { InputError, type Diagnostic } from "../../ledger-error.ts";
import { visibleText } from "../../visible-text.ts";
import { RULE_ORDER } from "../row-table.ts";
import type { RejectSource } from "../rejects/reject-source.ts";

/** A cell in the form in which names of columns are compared. */
const plain = (cell: string) => `regexp_replace(lower(${cell}), '[\\s_.#:*"''-]|\\([^()]*\\)$', '', 'g')`;

const list = (names: readonly string[]) => names.map((name) => sqlText(name)).join(", ");

/**
 * Finds rows whose ticket is the name of a column: files were joined, and the header of a later one stands between the
 * rows. Throws `InputError` for one with another order of columns, because the rows after it would be read wrongly.
 *
 * @param tickets the names of the inputs' columns for tickets
 */
export async function findHeaderRows(
  database: Database,
  sources: readonly RejectSource[],
  tickets: readonly string[],
): Promise<void> {
  const own = tickets.map((name) => name.trim().toLowerCase());
  // Nearly all ids have a digit, and no name of a ticket's column has one.
  await database.run(
    `CREATE OR REPLACE TEMP TABLE header_row AS
     SELECT "row", file, line, case_id, ${plain("case_id")} AS ticket, ${plain("related_id")} AS related FROM input
     WHERE NOT regexp_matches(case_id, '[0-9]') AND case_id <> ''
       AND (${plain("case_id")} IN (${list(namesOfFields())}) OR lower(case_id) IN (${list(own)}))`,
  );
  // The columns of all rows of a table have the order of its header.
  const tables = [...sources.keys()].filter((file) => sources[file]?.table !== undefined);
  const [swapped] = await database.all(
    `SELECT file, line, case_id FROM header_row
     WHERE file IN (${["-1", ...tables].join(", ")}) AND lower(case_id) NOT IN (${list(own)})
       AND (ticket NOT IN (${list(namesOfFields("ticket"))}) OR related IN (${list(namesOfFields("ticket", "group"))}))
     ORDER BY "row" LIMIT 1`,
  );
  if (swapped)
    throw otherOrder(sources[Number(swapped.file)]?.name ?? "", Number(swapped.line), String(swapped.case_id));
  await database.run(
    `INSERT INTO row_error SELECT "row", ${RULE_ORDER.case_id}, 'case_id', NULL, case_id,
       'is the name of a column, not an id', 'remove the line: it is a header'
     FROM header_row ANTI JOIN row_error USING ("row")`,
  );
  await database.run("DROP TABLE header_row");
}

function otherOrder(file: string, line: number, value: string): InputError {
  const reason = `has another header in line ${line}, with other columns than the first`;
  const advice = "The rows below it would be read wrongly: split the file there, and give both files.";
  const diagnostic: Diagnostic = { severity: "error", file, line, value: visibleText(value), reason, advice };
  return new InputError(`${file} ${reason}. ${advice}`, [diagnostic]);
}
