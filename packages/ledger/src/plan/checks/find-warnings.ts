import { counted, isObject } from "@caselink/common";
import { sqlText, type Database } from "../../database.ts";
import type { Diagnostic } from "../../ledger-error.ts";
import type { Hints, InputNames } from "./find-errors.ts";
import { findVariants } from "./find-variants.ts";
import { visibleText } from "../../visible-text.ts";
import { ID_COLUMNS } from "./variant-hints.ts";
import type { TextDamage } from "../files/decode-text.ts";
import type { InputFile } from "../files/input-file.ts";
import type { RejectSource } from "../rejects/reject-source.ts";

/** Each id has a digit: `SR 114` is one id, `SR114 SR115` are two. */
const ID = "[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*";
const SEVERAL_IDS = `^${ID}([ ,;|，；、｜]+${ID})+$`;

/**
 * Finds what is valid but probably unintended.
 *
 * @param hints without any, the table is not read
 */
export async function findWarnings(
  database: Database,
  inputs: readonly InputFile[],
  { sources, names }: { sources: readonly RejectSource[]; names: InputNames },
  { oddRelated, variants }: Hints,
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
  const damaged: Diagnostic[] = [];
  for (const [file, input] of inputs.entries()) {
    if (input.damage) damaged.push(await damageOf(database, file, { ...input.damage, name: input.name }));
  }
  const several = oddRelated === 0 ? [] : await findSeveralIds(database, sources, names);
  const found = [...decoded, ...damaged, ...several];
  for (const column of ID_COLUMNS) {
    found.push(...(await findVariants(database, column, variants[column], names)));
  }
  return found;
}

/**
 * Makes the warning for invalid bytes. Those in an id are errors, too; for others it names the first value, if it was
 * read.
 */
async function damageOf(
  database: Database,
  file: number,
  { name, line, character, count, encoding }: TextDamage & { name: string },
): Promise<Diagnostic> {
  const [row] = await database.all(
    `SELECT line, other FROM input WHERE file = $file AND contains(other, '\ufffd') ORDER BY "row" LIMIT 1`,
    { file },
  );
  const others: unknown = JSON.parse(String(row?.other ?? "{}"));
  const texts = Object.entries(isObject(others) ? others : {});
  const [column, value] = texts.find(([, text]) => String(text).includes("\ufffd")) ?? [];
  const where = `at character ${character} of line ${line}${count > 1 ? ` and in ${counted(count - 1, "other place")}` : ""}`;
  const what = typeof value === "string" ? `, here "${visibleText(value)}"` : "";
  return {
    severity: "warning",
    file: name,
    line: column === undefined ? line : Number(row?.line),
    ...(column !== undefined && { column }),
    value: "",
    reason: `has bytes that are not ${encoding}, ${where}, which are read as U+FFFD${what}`,
    advice: "if the value matters, export the original again as UTF-8",
  };
}

/** Finds columns for one related id with cells that seem to hold several ids. */
async function findSeveralIds(
  database: Database,
  sources: readonly RejectSource[],
  names: InputNames,
): Promise<Diagnostic[]> {
  const files = [...sources.keys()].filter((file) =>
    sources[file]?.table?.columns.related.some(({ isList }) => !isList),
  );
  if (files.length === 0) return [];
  const found = await database.all(
    `SELECT file, count(*) AS cells, min(line) AS line, arg_min(related_column, "row") AS related_column FROM input
     WHERE file IN (${files.join(", ")}) AND regexp_matches(related_id, ${sqlText(SEVERAL_IDS)}) GROUP BY file ORDER BY file`,
  );
  return found.map((row): Diagnostic => {
    const file = Number(row.file);
    const cells = Number(row.cells);
    return {
      severity: "warning",
      file: names.file(file),
      line: Number(row.line),
      column: names.column(file, "related_id", Number(row.related_column)),
      value: "",
      reason: `${cells === 1 ? "1 cell looks" : `${cells} cells look`} like several ids, but each is treated as one`,
      advice: "if they are several, name the column related_ids",
    };
  });
}
