import type { Command } from "commander";
import { findCandidates } from "../completion/candidates.ts";
import type { Shell } from "../completion/shells.ts";
import { exitStatus, type ExitStatus } from "../errors.ts";
import type { CommandHost } from "../settings.ts";

/** Prints what can replace the last word, for the script of a shell. The first line is `files` or `words`. */
export async function complete(
  shell: Shell,
  typed: readonly string[],
  program: Command,
  { env, cwd, stdout }: CommandHost,
): Promise<ExitStatus> {
  const words = shell === "bash" ? wordsOfBash(typed) : typed;
  const candidates = await findCandidates(words, { program, env, cwd });
  const lines = candidates === "files" ? ["files"] : ["words", ...candidates.map((one) => lineOf(one, shell, words))];
  stdout.write(`${lines.join("\n")}\n`);
  return exitStatus.succeeded;
}

/** Bash replaces only what follows the last `=`, and shows no descriptions. */
function lineOf(
  { value, description }: { value: string; description?: string },
  shell: Shell,
  words: readonly string[],
): string {
  if (shell !== "bash") return description === undefined ? value : `${value}\t${description}`;
  return value.slice((words.at(-1) ?? "").lastIndexOf("=") + 1);
}

/** Joins `--format`, `=`, `csv`, which bash takes for three words, and removes a quotation mark that is still open. */
function wordsOfBash(typed: readonly string[]): string[] {
  const words: string[] = [];
  let isOpen = false;
  for (const word of typed) {
    if (word === "=" || isOpen) words.push(`${words.pop() ?? ""}${word}`);
    else words.push(word);
    isOpen = word === "=";
  }
  const last = words.pop() ?? "";
  return [...words, last.replace(/^["']/, "")];
}
