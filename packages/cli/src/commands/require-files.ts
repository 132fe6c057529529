import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, type Diagnostic } from "@caselink/ledger";
import { closestMatch } from "leven";
import { pathOf, type BaseSettings } from "../settings.ts";
import { UserError } from "../errors.ts";
import { t } from "../language/words.ts";

/** @throws {InputError} for all inputs that do not exist, with similar file names */
export async function requireInputs(paths: readonly string[], host: Pick<BaseSettings, "cwd">): Promise<void> {
  const messages: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    if (path === "-" || (await exists(pathOf(host, path)))) continue;
    const { message, advice } = await whyMissing(path, host);
    messages.push(message);
    diagnostics.push({
      severity: "error",
      file: path,
      line: 1,
      value: "",
      reason: "does not exist",
      ...(advice !== undefined && { advice }),
    });
  }
  if (messages.length > 0) throw new InputError(messages.join("\n  "), diagnostics);
}

/** The message is for people, the advice for programs. */
async function whyMissing(
  path: string,
  host: Pick<BaseSettings, "cwd">,
): Promise<{ message: string; advice?: string }> {
  const folder = dirname(path);
  if (!(await exists(pathOf(host, folder)))) {
    return { message: t`no such file: ${path}. The folder ${folder} does not exist.` };
  }
  const similar = await similarName(pathOf(host, folder), basename(path));
  if (similar === undefined) return { message: t`no such file: ${path}.` };
  const other = folder === "." ? similar : join(folder, similar);
  return { message: t`no such file: ${path}. Did you mean ${other}?`, advice: `Did you mean ${other}?` };
}

/** True unless the file does not exist; other errors are reported when the file is read. */
async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ENOTDIR",
  );
}

async function similarName(folder: string, name: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = new Map(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => [name.toLowerCase(), name]));
  const maxDistance = Math.max(1, Math.min(3, Math.floor(name.length / 3)));
  const similar = closestMatch(name.toLowerCase(), [...names.keys()], { maxDistance });
  return similar === undefined ? undefined : names.get(similar);
}

/**
 * Checks before a command starts that its output file can probably be written.
 *
 * @throws {UserError} if the folder does not exist, or the path is a folder
 */
export async function requireOutFile(path: string, host: Pick<BaseSettings, "cwd">): Promise<void> {
  const folder = dirname(path);
  if (!(await isFolder(pathOf(host, folder)))) {
    throw new UserError(
      t`cannot write ${path}: the folder ${folder} does not exist.\n  Create it, or choose another file with --out`,
    );
  }
  if (await isFolder(pathOf(host, path)))
    throw new UserError(t`cannot write ${path}: it is a folder. Choose a file with --out`);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
