import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pathOf, type BaseSettings } from "./settings.ts";
import { UserError } from "./user-error.ts";

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
