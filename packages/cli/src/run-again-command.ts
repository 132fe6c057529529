import type { BatchRecord } from "@caselink/ledger";
import { shellWords } from "./shell-words.ts";

/** The command that runs a batch's input as a new batch. */
export function runAgainCommand({ inputs, options }: BatchRecord): string {
  const words = ["caselink", "run"];
  for (const { name } of inputs) words.push(name === "standard input" ? "-" : name);
  if (options.group_id !== undefined) words.push("--group-id", options.group_id);
  for (const [field, column] of Object.entries(options.map ?? {})) words.push("--map", `${field}=${column}`);
  if (options.over_limit !== "refuse") words.push("--over-limit", options.over_limit);
  if (options.max_rate !== undefined) words.push("--max-rate", String(options.max_rate));
  return shellWords(words);
}
