import type { PlanOptions } from "./plan-input.ts";

/**
 * The command that runs fixed rejects, with the options that their rows need. Leaves out `--batch`, as the id belongs to
 * other rows, `--format`, which the extension of the rejects file shows, and `--sheet`, as rejects have no sheets.
 */
export function rerunCommand(rejects: string, { groupId, map, overLimit, maxRate, readLag }: PlanOptions): string {
  const words = ["caselink", "run", rejects];
  if (groupId !== undefined) words.push("--group-id", groupId);
  for (const [field, column] of Object.entries(map)) words.push("--map", `${field}=${column}`);
  if (overLimit !== "refuse") words.push("--over-limit", overLimit);
  if (maxRate !== undefined) words.push("--max-rate", String(maxRate));
  if (readLag !== undefined) words.push("--read-lag", `${readLag}ms`);
  return shellWords(words);
}

/** Joins words to a command line that can be pasted into a shell. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
