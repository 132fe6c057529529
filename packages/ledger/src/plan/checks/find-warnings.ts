import { sqlText, type Database } from "../../database.ts";
import type { Diagnostic } from "../../ledger-error.ts";
import type { InputNames } from "./find-errors.ts";
import type { InputFile } from "../files/input-file.ts";
import type { RejectSource } from "../rejects/reject-source.ts";

/** Each id has a digit: `SR 114` is one id, `SR114 SR115` are two. */
const ID = "[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*";
const SEVERAL_IDS = `^${ID}([ ,;|，；、｜]+${ID})+$`;

/**
 * Finds what is valid but probably unintended.
 *
 * @param oddRelated how many related ids have other characters than letters and digits; if none, the table is not read
 */
export async function findWarnings(
  database: Database,
  inputs: readonly InputFile[],
  { sources, names }: { sources: readonly RejectSource[]; names: InputNames },
  oddRelated: number,
): Promise<Diagnostic[]> {
  const decoded = inputs.flatMap(({ name, isGuessed }): Diagnostic[] =>
    isGuessed
      ? [
          {
            severity: "warning",
            file: name,
            line: 1,
            value: "",
            reason: "is not UTF-8 and was read as GB18030",
            advice: "check that its names are right",
          },
        ]
      : [],
  );
  return oddRelated === 0 ? decoded : [...decoded, ...(await findSeveralIds(database, sources, names))];
}

/** Finds columns for one related id with cells that seem to hold several ids. */
async function findSeveralIds(
  database: Database,
  sources: readonly RejectSource[],
  names: InputNames,
): Promise<Diagnostic[]> {
  const files = [...sources.keys()].filter((file) => sources[file]?.table?.columns.relatedIsList === false);
  if (files.length === 0) return [];
  const found = await database.all(
    `SELECT file, count(*) AS cells, min(line) AS line FROM input
     WHERE file IN (${files.join(", ")}) AND regexp_matches(related_id, ${sqlText(SEVERAL_IDS)}) GROUP BY file ORDER BY file`,
  );
  return found.map((row): Diagnostic => {
    const file = Number(row.file);
    const cells = Number(row.cells);
    return {
      severity: "warning",
      file: names.file(file),
      line: Number(row.line),
      column: names.column(file, "related_id"),
      value: "",
      reason: `${cells === 1 ? "1 cell looks" : `${cells} cells look`} like several ids, but each is treated as one`,
      advice: "if they are several, name the column related_ids",
    };
  });
}
