import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { defuse, formatCsvLine } from "@caselink/common";
import { UserError } from "../errors.ts";
import type { Difference } from "./difference.ts";

const COLUMNS = [
  "kind",
  "line",
  "case_id",
  "related_id",
  "outcome",
  "message",
  "file",
] as const satisfies (keyof Difference)[];

/**
 * Writes differences to a file that replaces an earlier one as a whole, at the end. The format is lines of JSON for `.jsonl`,
 * else CSV.
 *
 * @throws {UserError} if the file cannot be written
 */
export async function writeDifferences(path: string, differences: AsyncIterable<Difference>): Promise<void> {
  const aside = `${path}.unfinished`;
  try {
    await pipeline(linesOf(differences, path.endsWith(".jsonl")), createWriteStream(aside));
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    const { code, path: failed } = error as NodeJS.ErrnoException;
    if (failed !== aside && failed !== path) throw error;
    throw new UserError(`cannot write ${path} (${code ?? String(error)}): choose another file with --out`);
  }
}

async function* linesOf(differences: AsyncIterable<Difference>, isJson: boolean): AsyncGenerator<string> {
  if (!isJson) yield `${formatCsvLine([...COLUMNS])}\n`;
  for await (const difference of differences) {
    if (isJson) yield `${JSON.stringify(difference)}\n`;
    else yield `${formatCsvLine(COLUMNS.map((column) => defuse(String(difference[column] ?? ""))))}\n`;
  }
}
