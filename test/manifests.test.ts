import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findPublishedPackages, findWorkspacePackages, type WorkspacePackage } from "../scripts/published-packages.ts";
import { root } from "../scripts/run-tool.ts";

/** Where the project lives. CONTRIBUTING.md says what to change if it moves. */
const REPOSITORY = "https://github.com/caselink/caselink";

const published = await findPublishedPackages();
const names = (packages: readonly WorkspacePackage[]) => packages.map(({ manifest }) => manifest.name).sort();
const readText = (path: string) => readFileSync(join(root, path), "utf8");

test("the workspace has the six published packages that README.md lists, and no other", () => {
  const listed = [...readText("README.md").matchAll(/^\| \[`([^`]+)`\]\(([^)]+)\/README\.md\)/gm)];
  expect(new Map(listed.map(([, name, folder]) => [name, folder]))).toEqual(
    new Map(published.map(({ manifest, folder }) => [manifest.name, folder])),
  );
  expect(published).toHaveLength(6);
});

test("the published packages are versioned together, and changesets ignore the others", async () => {
  const config = JSON.parse(readText(".changeset/config.json")) as { fixed: string[][]; ignore: string[] };
  const [patterns = []] = config.fixed;
  const together = patterns.flatMap((pattern) => {
    const [, before = "", list] = /^(.*)\{(.*)\}$/.exec(pattern) ?? [];
    return list === undefined ? [pattern] : list.split(",").map((name) => before + name);
  });
  expect(together.sort()).toEqual(names(published));
  expect(new Set(published.map(({ manifest }) => manifest.version)).size).toBe(1);
  const versioned = names((await findWorkspacePackages()).filter(({ manifest }) => manifest.version !== undefined));
  const ignored = names(published).concat(config.ignore);
  expect(versioned.filter((name) => !ignored.includes(name))).toEqual([]);
});

describe.each(published)("the manifest of $folder", ({ folder, manifest }) => {
  test("names the repository, the page, the tracker, the author and the licence", () => {
    expect(manifest).toMatchObject({
      description: expect.stringMatching(/^[A-Z].{20,120}\.$/),
      repository: { type: "git", url: `git+${REPOSITORY}.git`, directory: folder },
      homepage: `${REPOSITORY}/tree/main/${folder}#readme`,
      bugs: { url: `${REPOSITORY}/issues` },
      author: "The caselink contributors",
      license: "Apache-2.0",
    });
  });

  test("has four keywords or more, the project's name among them", () => {
    const keywords = manifest["keywords"] as string[];
    expect(keywords).toContain("caselink");
    expect(new Set(keywords).size).toBeGreaterThanOrEqual(4);
    expect(keywords.filter((keyword) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(keyword))).toEqual([]);
  });

  test("is an ES module that publishes its build only, to everyone and with provenance", () => {
    expect(manifest).toMatchObject({
      type: "module",
      sideEffects: false,
      engines: { node: ">=22.19" },
      publishConfig: { access: "public", provenance: true },
    });
    expect(manifest["files"]).toEqual(["dist", "CHANGELOG.md"]);
    expect(Object.keys(manifest["scripts"] ?? {})).not.toContain("postinstall");
  });

  test("publishes the exports that the checkout has, without those of the sources", () => {
    const { exports, publishConfig } = manifest;
    const withoutSources = Object.entries(exports ?? {}).map(([path, target]) => {
      if (typeof target === "string") return [path, target];
      const { "@caselink/source": source, ...conditions } = target;
      expect(existsSync(join(root, folder, source ?? "missing"))).toBe(true);
      expect(Object.keys(conditions)).toEqual(["types", "default"]);
      expect(conditions["types"]).toMatch(/^\.\/dist\/[a-z]+\.d\.ts$/);
      expect(conditions["default"]).toBe(conditions["types"]?.replace(/\.d\.ts$/, ".js"));
      return [path, conditions];
    });
    expect(Object.fromEntries(withoutSources)).toEqual(publishConfig?.exports);
    expect(publishConfig?.exports).toMatchObject({ ".": {}, "./package.json": "./package.json" });
    for (const target of Object.values(manifest.bin ?? {})) expect(target).toMatch(/^\.\/dist\/[a-z]+\.js$/);
  });

  test("has exact versions of its dependencies", () => {
    const dependencies = Object.entries(manifest["dependencies"] ?? {}) as [string, string][];
    const exact = /^(?:workspace:\*|catalog:|\d+\.\d+\.\d+(?:-[\w.-]+)?)$/;
    expect(dependencies.filter(([, version]) => !exact.test(version))).toEqual([]);
  });

  test("has a README next to it that starts with the package's name", () => {
    expect(readText(`${folder}/README.md`).split("\n", 1)).toEqual([`# ${manifest.name}`]);
  });
});

test("every link to the project names the repository where it lives", () => {
  const files = ["CONTRIBUTING.md", "SECURITY.md", ".github/ISSUE_TEMPLATE/config.yml", ".changeset/config.json"];
  const links = files.flatMap((file) => readText(file).match(/https:\/\/github\.com\/[\w-]+\/caselink/g) ?? []);
  expect(new Set(links)).toEqual(new Set([REPOSITORY]));
});
