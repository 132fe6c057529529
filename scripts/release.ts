// `npx -y pnpm@12 release:pack --tag v1.2.3 [--out FOLDER]`: what a release consists of, in one folder: a tarball and a bill
// of materials for each published package, and SHA256SUMS. Default folder: release/.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packPackages } from "./check-packages.ts";
import { ensureBuilt } from "./ensure-built.ts";
import { findPublishedPackages, type WorkspacePackage } from "./published-packages.ts";
import { requireEarlierVersions } from "./released-versions.ts";
import { root } from "./run-tool.ts";
import { writeBillsOfMaterials } from "./sbom.ts";

/** Throws unless the tag is `v` and the version that all published packages have. */
export function checkTag(tag: string, published: readonly WorkspacePackage[]): void {
  const versions = [...new Set(published.map(({ manifest }) => manifest.version ?? "none"))];
  if (versions.length !== 1) throw new Error(`The published packages have different versions: ${versions.join(", ")}`);
  if (tag !== `v${versions[0]}`)
    throw new Error(`The tag is ${tag}, but the packages have the version ${versions[0]}.`);
}

/** Writes a release into a folder, which must be empty or missing. */
export async function packRelease(tag: string, folder: string): Promise<void> {
  const published = await findPublishedPackages();
  checkTag(tag, published);
  requireEarlierVersions(root, tag.slice(1), published);
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty.`);
  await ensureBuilt();
  await packPackages(
    published.map((found) => found.folder),
    folder,
  );
  await writeBillsOfMaterials(folder);
  const sums = readdirSync(folder)
    .sort()
    .map((name) => {
      const sum = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
      return `${sum}  ${name}\n`;
    });
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { tag: { type: "string" }, out: { type: "string", default: "release" } } });
  if (values.tag === undefined) throw new Error("Name the release: --tag v1.2.3");
  const folder = resolve(values.out);
  await packRelease(values.tag, folder);
  console.log(readFileSync(join(folder, "SHA256SUMS"), "utf8").trimEnd());
}
