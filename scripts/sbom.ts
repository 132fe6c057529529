// `npx -y pnpm@12 run sbom [FOLDER]`: writes what each published package brings along, as CycloneDX JSON. Default: sbom/.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findPublishedPackages, type WorkspacePackage } from "./published-packages.ts";
import { runTool } from "./run-tool.ts";

interface Component {
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}

export interface BillOfMaterials {
  readonly bomFormat: "CycloneDX";
  readonly metadata: { readonly component: Component };
  components: Component[];
  dependencies: { readonly ref: string; dependsOn?: string[] }[];
}

/**
 * Writes one file for each published package into a folder, from the lockfile and the installed packages.
 *
 * pnpm leaves out the packages of the workspace, which are dependencies like any other for users: this adds them.
 */
export async function writeBillsOfMaterials(folder: string): Promise<void> {
  const published = await findPublishedPackages();
  const filters = published.flatMap(({ folder }) => ["--filter", `./${folder}`]);
  const options = ["--sbom-format", "cyclonedx", "--prod", "--split", "--out", join(folder, "%s-%v.cdx.json")];
  mkdirSync(folder, { recursive: true });
  const { status, output } = await runTool("pnpm", [...filters, "sbom", ...options]);
  if (status !== 0) throw new Error(`pnpm cannot write the bills of materials:\n${output}`);

  const files = readdirSync(folder).filter((name) => name.endsWith(".cdx.json"));
  const boms = new Map(
    files.map((name) => {
      const path = join(folder, name);
      const bom = JSON.parse(readFileSync(path, "utf8")) as BillOfMaterials;
      const { group, name: ownName } = bom.metadata.component;
      return [group === undefined ? ownName : `${group}/${ownName}`, { path, bom }] as const;
    }),
  );
  const own = new Map([...boms].map(([name, { bom }]) => [name, bom.metadata.component]));
  for (const { manifest } of published) {
    const written = boms.get(manifest.name);
    if (!written) throw new Error(`pnpm has written no bill of materials for ${manifest.name}.`);
    addOwnPackages(written.bom, manifest.name, published, own);
    writeFileSync(written.path, `${JSON.stringify(written.bom, null, 2)}\n`);
  }
}

/** Adds the packages of the workspace that a package depends on, directly or through another one. */
function addOwnPackages(
  bom: BillOfMaterials,
  name: string,
  published: readonly WorkspacePackage[],
  own: ReadonlyMap<string, Component>,
): void {
  const ownDependencies = (of: string) => {
    const manifest = published.find((found) => found.manifest.name === of)?.manifest;
    return Object.keys(manifest?.["dependencies"] ?? {}).flatMap((dependency) => {
      const component = own.get(dependency);
      return component ? [{ dependency, component }] : [];
    });
  };
  // The loop below visits the names that it adds to the set.
  const reached = new Set([name]);
  for (const from of reached) {
    const ref = own.get(from)?.["bom-ref"];
    const found = ownDependencies(from);
    for (const { dependency, component } of found) {
      if (reached.has(dependency)) continue;
      reached.add(dependency);
      bom.components.push(component);
    }
    if (ref === undefined || found.length === 0) continue;
    let entry = bom.dependencies.find((dependency) => dependency.ref === ref);
    if (!entry) bom.dependencies.push((entry = { ref }));
    entry.dependsOn = [...(entry.dependsOn ?? []), ...found.map(({ component }) => component["bom-ref"])];
  }
}

if (import.meta.main) {
  const folder = resolve(process.argv[2] ?? "sbom");
  await writeBillsOfMaterials(folder);
  console.log(`Written to ${folder}`);
}
