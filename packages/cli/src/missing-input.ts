import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { closestMatch } from "leven";
import { UserError } from "./user-error.ts";

/** @throws {UserError} for the first input that is not there, with the name that was probably meant */
export async function requireInputs(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if (path === "-" || (await isThere(path))) continue;
    const folder = dirname(path);
    if (!(await isThere(folder))) {
      throw new UserError(`there is no file ${path}: the folder ${folder} does not exist`);
    }
    const near = await nearName(folder, basename(path));
    const hint = near === undefined ? "" : ` Did you mean ${folder === "." ? near : join(folder, near)}?`;
    throw new UserError(`there is no file ${path}${folder === "." ? " here" : ""}.${hint}`);
  }
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
