import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPublishedPackages } from "../scripts/published-packages.ts";
import { checkTag, packRelease } from "../scripts/release.ts";
import type { BillOfMaterials } from "../scripts/sbom.ts";

const published = await findPublishedPackages();
const version = published[0]?.manifest.version ?? "";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "caselink-release-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a release has a tarball and a bill of materials for each published package, and their checksums", async () => {
  await packRelease(`v${version}`, folder);
  const bases = published.map(({ manifest }) => `${manifest.name.replace("@", "").replace("/", "-")}-${version}`);
  const files = bases.flatMap((base) => [`${base}.tgz`, `${base}.cdx.json`]);
  expect((await readdir(folder)).sort()).toEqual([...files, "SHA256SUMS"].sort());

  for (const line of (await readFile(join(folder, "SHA256SUMS"), "utf8")).trim().split("\n")) {
    const [sum, name = ""] = line.split("  ");
    expect(
      createHash("sha256")
        .update(await readFile(join(folder, name)))
        .digest("hex"),
    ).toBe(sum);
  }

  for (const { manifest } of published) {
    const base = manifest.name.replace("@", "").replace("/", "-");
    const bom = JSON.parse(await readFile(join(folder, `${base}-${version}.cdx.json`), "utf8")) as BillOfMaterials;
    expect(bom.bomFormat).toBe("CycloneDX");
    const listed = bom.components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
    const { dependencies = {} } = manifest as { dependencies?: Record<string, string> };
    expect(Object.keys(dependencies).filter((name) => !listed.includes(name))).toEqual([]);
    expect(listed).not.toContain("vitest");
    const refs = new Set([bom.metadata.component, ...bom.components].map((component) => component["bom-ref"]));
    const unknown = bom.dependencies
      .flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn])
      .filter((ref) => !refs.has(ref));
    expect(unknown).toEqual([]);
    const own = bom.dependencies.find(({ ref }) => ref === bom.metadata.component["bom-ref"]);
    expect(own?.dependsOn?.length ?? 0).toBeGreaterThanOrEqual(Object.keys(dependencies).length);
  }
});

test("a tag that is not the version of all packages is rejected", () => {
  const [first, second] = published;
  if (!first || !second) throw new Error("There are no published packages.");
  expect(() => checkTag("v9.9.9", published)).toThrow(
    `The tag is v9.9.9, but the packages have the version ${version}.`,
  );
  const newer = { ...second, manifest: { ...second.manifest, version: "9.9.9" } };
  expect(() => checkTag("v9.9.9", [first, newer])).toThrow(`different versions: ${version}, 9.9.9`);
});
