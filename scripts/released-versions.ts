import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { missingKinds } from "../packages/workflows/test/support/history-kinds.ts";
import type { WorkspacePackage } from "./published-packages.ts";

/**
 * Throws unless the tests have all versions before this one: their packages in test/upgrade/releases, and a history of every kind
 * in packages/workflows/test/histories.
 *
 * @param checkout its root folder. The changelog of the workflows names the versions.
 */
export function requireEarlierVersions(
  checkout: string,
  version: string,
  published: readonly WorkspacePackage[],
): void {
  const changelog = readFileSync(join(checkout, "packages/workflows/CHANGELOG.md"), "utf8");
  const earlier = releasedVersions(changelog).filter((each) => each !== version);
  const problems = earlier.flatMap((each) => {
    const kept = filesIn(join(checkout, "test/upgrade/releases", each));
    const packages = published
      .map(({ manifest }) => manifest.name)
      .filter((name) => !kept.includes(tarballOf(name, each)));
    const kinds = missingKinds(filesIn(join(checkout, "packages/workflows/test/histories", each)));
    return [
      ...(packages.length > 0 ? [`test/upgrade/releases/${each} lacks ${packages.join(", ")}`] : []),
      ...(kinds.length > 0 ? [`packages/workflows/test/histories/${each} lacks ${kinds.join(", ")}`] : []),
    ];
  });
  if (problems.length > 0)
    throw new Error(`The tests lack what was released. See "Releases" in CONTRIBUTING.md:\n  ${problems.join("\n  ")}`);
}

/** The versions in a changelog as changesets writes it. */
const releasedVersions = (changelog: string): string[] =>
  [...changelog.matchAll(/^## (\d\S*)$/gm)].flatMap(([, version]) => version ?? []);

const tarballOf = (name: string, version: string): string =>
  `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
