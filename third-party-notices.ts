import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The file in `dist` with the licences of the code of others that the bundles of a package contain. */
export const NOTICES = "THIRD-PARTY-NOTICES.txt";

/** Adds the notices for bundled modules to the file in `dist`; nothing if no module is of another package. */
export function appendNotices(dist: string, modules: Iterable<string>): void {
  const path = join(dist, NOTICES);
  const known = existsSync(path) ? readFileSync(path, "utf8") : "";
  for (const [title, text] of findNotices(modules))
    if (!known.includes(`\n${title}\n`)) appendFileSync(path, `\n${title}\n\n${text}\n`);
}

/**
 * Returns the licence texts of the packages that modules come from, by name, version and licence.
 *
 * Modules without `node_modules` in their path are those of this repository. Throws if a package has no licence file.
 */
function findNotices(modules: Iterable<string>): Map<string, string> {
  const notices = new Map<string, string>();
  for (const folder of new Set([...modules].flatMap(findPackageFolder))) {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    const file = readdirSync(folder).find((name) => /^(?:licen[cs]e|copying)(?:\.|$)/i.test(name));
    const title = `${String(manifest["name"])} ${String(manifest["version"])} (${String(manifest["license"])})`;
    if (file === undefined) throw new Error(`${title} is bundled and has no licence file.`);
    notices.set(title, readFileSync(join(folder, file), "utf8").trim());
  }
  return new Map([...notices].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The folder of the package that a module of `node_modules` belongs to: the nearest one with a named manifest. */
function findPackageFolder(module: string): string[] {
  const path = module.replace(/^\0/, "").replace(/\?.*$/, "");
  if (!/[\\/]node_modules[\\/]/.test(path)) return [];
  for (let folder = dirname(path); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && /"version"\s*:/.test(readFileSync(manifest, "utf8"))) return [folder];
  }
  return [];
}
