import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { root } from "../../scripts/run-tool.ts";

/** Copies an example into a folder, as a reader does, with the packages of this checkout. */
export async function installExample(name: string, folder: string): Promise<void> {
  await cp(join(root, "examples", name), folder, { recursive: true });
  await installPackages(folder);
}

/** Makes the built packages of this checkout, and those of Temporal, resolvable in a folder outside of it. */
export async function installPackages(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@caselink"), { recursive: true });
  await mkdir(join(modules, "@temporalio"));
  for (const path of ["packages/sdk", "packages/ledger", "packages/workflows", "packages/simulator", "apps/worker"])
    await symlink(join(root, path), join(modules, "@caselink", basename(path)), "junction");
  const scope = join(root, "packages/workflows/node_modules/@temporalio");
  for (const name of await readdir(scope))
    await symlink(join(scope, name), join(modules, "@temporalio", name), "junction");
}
