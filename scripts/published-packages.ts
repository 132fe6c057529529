import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, posix } from "node:path";
import { root } from "./run-tool.ts";

type Conditions = Readonly<Record<string, string>>;
type Exports = Readonly<Record<string, string | Conditions>>;

export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: string | Exports;
  readonly publishConfig?: { readonly exports?: Exports; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface WorkspacePackage {
  /** Its path in the checkout, with slashes. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The packages of the workspace that are published: those that are not private, by folder. */
export async function findPublishedPackages(checkout = root): Promise<WorkspacePackage[]> {
  const packages = await findWorkspacePackages(checkout);
  return packages.filter(({ manifest }) => manifest.private !== true);
}

/** All packages that `pnpm-workspace.yaml` names, by folder. */
export async function findWorkspacePackages(checkout = root): Promise<WorkspacePackage[]> {
  const patterns = readPatterns(readFileSync(join(checkout, "pnpm-workspace.yaml"), "utf8"));
  const found: WorkspacePackage[] = [];
  for await (const path of glob(
    patterns.map((pattern) => `${pattern}/package.json`),
    { cwd: checkout },
  )) {
    const manifest = JSON.parse(readFileSync(join(checkout, path), "utf8")) as Manifest;
    found.push({ folder: posix.dirname(path.replaceAll("\\", "/")), manifest });
  }
  return found.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The list below `packages:`, up to the next key. */
function readPatterns(yaml: string): string[] {
  const list = /^packages:\n((?:[ \t]+- .*\n)+)/m.exec(yaml)?.[1] ?? "";
  const patterns = [...list.matchAll(/- *["']?([^"'\s]+)/g)].flatMap(([, pattern]) => pattern ?? []);
  if (patterns.length === 0) throw new Error("pnpm-workspace.yaml names no packages.");
  return patterns;
}
