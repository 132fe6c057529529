import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, type Fault } from "@caselink/ledger";
import { closestMatch } from "leven";
import { pathOf, type BaseSettings } from "../settings.ts";
import { UserError } from "../errors.ts";

/** @throws {InputError} for all inputs that are not there, with the names that were probably meant */
export async function requireInputs(paths: readonly string[], host: Pick<BaseSettings, "cwd">): Promise<void> {
  const messages: string[] = [];
  const faults: Fault[] = [];
  for (const path of paths) {
    if (path === "-" || (await isThere(pathOf(host, path)))) continue;
    const { reason, advice } = await whyMissing(path, host);
    messages.push([`there is no file ${path}${reason}`, advice].filter(Boolean).join(" "));
    faults.push({ file: path, line: 1, value: "", reason: "is not there", ...(advice !== undefined && { advice }) });
  }
  if (messages.length > 0) throw new InputError(messages.join("\n  "), faults);
}

async function whyMissing(path: string, host: Pick<BaseSettings, "cwd">): Promise<{ reason: string; advice?: string }> {
  const folder = dirname(path);
  if (!(await isThere(pathOf(host, folder)))) return { reason: `: the folder ${folder} does not exist` };
  const reason = folder === "." ? " here." : ".";
  const near = await nearName(pathOf(host, folder), basename(path));
  if (near === undefined) return { reason };
  return { reason, advice: `Did you mean ${folder === "." ? near : join(folder, near)}?` };
}

/** Everything but "no such file" is for the reader of the file to tell. */
async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT" && error.code !== "ENOTDIR",
  );
}

async function nearName(folder: string, name: string): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = new Map(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => [name.toLowerCase(), name]));
  const maxDistance = Math.max(1, Math.min(3, Math.floor(name.length / 3)));
  const near = closestMatch(name.toLowerCase(), [...names.keys()], { maxDistance });
  return near === undefined ? undefined : names.get(near);
}

/**
 * For what a command is to write, before it begins. What else may be in the way is told when it is written.
 *
 * @throws {UserError} where the folder is missing, or the path is one itself
 */
export async function requireOutFile(path: string, host: Pick<BaseSettings, "cwd">): Promise<void> {
  const folder = dirname(path);
  if (!(await isFolder(pathOf(host, folder)))) {
    throw new UserError(`${path} cannot be written: there is no folder ${folder}. Make it, or name another with --out`);
  }
  if (await isFolder(pathOf(host, path))) throw new UserError(`${path} is a folder: name a file in it with --out`);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
