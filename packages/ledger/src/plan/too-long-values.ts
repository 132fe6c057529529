import { isObject } from "@caselink/common";
import type { Database } from "../database.ts";
import { InputError } from "../ledger-error.ts";
import { visibleText } from "../visible-text.ts";
import type { InputFile } from "./files/input-file.ts";

const ADVICE = "Leave the column out, shorten its values, or split the file.";

/** Makes the error for inputs that need too much memory. It names the longest value, the probable cause. */
export async function tooLongValues(
  database: Database,
  inputs: readonly InputFile[],
  cause: unknown,
): Promise<InputError> {
  const found = await findLongest(database).catch(() => undefined);
  if (!found) {
    const names = inputs.map(({ name }) => name).join(", ");
    const reason = "this machine has too little memory, most likely because a column has very long values";
    return new InputError(`${names} cannot be planned: ${reason}. ${ADVICE}`, [], { cause });
  }
  const { line, column, length } = found;
  const file = inputs[found.file]?.name ?? "";
  const reason = `has ${length.toLocaleString("en")} characters; this machine has too little memory for such long values`;
  return new InputError(
    `${file}, line ${line}: the value in column ${visibleText(column)} ${reason}. ${ADVICE}`,
    [{ severity: "error", file, line, column, value: "", reason, advice: ADVICE }],
    { cause },
  );
}

interface LongestValue {
  file: number;
  line: number;
  column: string;
  /** Characters. */
  length: number;
}

/** Returns undefined if nothing has been read yet. */
async function findLongest(database: Database): Promise<LongestValue | undefined> {
  // Only lengths: memory has run out, so the query must need little.
  const [place] = await database.all(
    `SELECT file, line FROM (
       SELECT "row", file, line, greatest(strlen(case_id), strlen(related_id), strlen(group_id), coalesce(strlen(other), 0)) AS size FROM input)
     ORDER BY size DESC, "row" LIMIT 1`,
  );
  if (!place) return undefined;
  const [row] = await database.all(
    "SELECT case_id, related_id, group_id, other FROM input WHERE file = $file AND line = $line LIMIT 1",
    { file: Number(place.file), line: Number(place.line) },
  );
  const { other, ...ids } = row ?? {};
  const others: unknown = JSON.parse(String(other ?? "{}"));
  const lengths = Object.entries({ ...(isObject(others) ? others : {}), ...ids }).map(
    ([column, value]) => [column, textOf(value).length] as const,
  );
  const [longest] = lengths.sort(([, a], [, b]) => b - a);
  if (!longest) return undefined;
  const [column, length] = longest;
  return { file: Number(place.file), line: Number(place.line), column, length };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}
