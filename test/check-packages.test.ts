import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { checkTarball } from "../scripts/check-packages.ts";
import { findUndeclaredImports } from "../scripts/find-undeclared-imports.ts";
import { root } from "../scripts/run-tool.ts";

const MANIFEST = {
  name: "example",
  version: "1.0.0",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  files: ["dist", "CHANGELOG.md"],
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  engines: { node: ">=22.19" },
};

const FILES = {
  LICENSE: "Apache License 2.0\n",
  "README.md": "# example\n",
  "CHANGELOG.md": "# example\n",
  "dist/index.js": "export const one = 1;\n",
  "dist/index.d.ts": "export declare const one = 1;\n",
};

interface Changes {
  readonly manifest?: Record<string, unknown>;
  /** Undefined removes a file. */
  readonly files?: Record<string, string | undefined>;
}

/** Writes the example package, with changes, into a folder that is removed when the test ends. */
async function writePackage({ manifest, files }: Changes = {}): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "caselink-package-"));
  const texts = { ...FILES, ...files, "package.json": JSON.stringify({ ...MANIFEST, ...manifest }) };
  for (const [name, text] of Object.entries(texts)) {
    if (text === undefined) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function findTarballProblems(changes?: Changes): Promise<readonly string[]> {
  await using written = await writePackage(changes);
  await promisify(execFile)("npm", ["pack", "--silent", "--offline"], { cwd: written.folder });
  const tarball = await readFile(join(written.folder, "example-1.0.0.tgz"));
  return (await checkTarball(new Uint8Array(tarball))).problems;
}

async function findImportProblems(changes: Changes): Promise<string[]> {
  await using written = await writePackage(changes);
  return findUndeclaredImports([written.folder]);
}

test("a complete package has no problem", async () => {
  expect(await findTarballProblems()).toEqual([]);
});

test("a tarball without a licence and with a source is reported", async () => {
  const files = { LICENSE: undefined, "src/index.ts": "export const one = 1;\n" };
  expect(await findTarballProblems({ files, manifest: { files: ["dist", "src", "CHANGELOG.md"] } })).toEqual([
    "example: files: LICENSE is missing",
    "example: files: src/index.ts must not be published",
  ]);
});

test("bundled code of others with a licence that is not allowed is reported", async () => {
  const notices = "\ngood 1.0.0 (MIT)\n\nMIT License\n\nbad 2.0.0 (GPL-3.0-only)\n\nGNU General Public License\n";
  expect(await findTarballProblems({ files: { "dist/THIRD-PARTY-NOTICES.txt": notices } })).toEqual([
    "example: licences: the bundled bad 2.0.0 has the licence GPL-3.0-only",
  ]);
});

test("publint reports an export without a file", async () => {
  const exports = { ...MANIFEST.exports, "./more": "./dist/more.js" };
  expect(await findTarballProblems({ manifest: { exports } })).toContainEqual(
    expect.stringMatching(/^example: publint: .*more\.js/),
  );
});

test("attw reports types that are missing and types of another module system", async () => {
  const files = { "dist/index.d.ts": undefined };
  const manifest = { exports: { ".": "./dist/index.js" } };
  expect(await findTarballProblems({ files, manifest })).toEqual(["example: attw: the package has no types"]);

  const exports = { ".": { types: "./dist/index.d.cts", default: "./dist/index.js" } };
  const masked = { "dist/index.d.ts": undefined, "dist/index.d.cts": "export declare const one = 1;\n" };
  expect(await findTarballProblems({ files: masked, manifest: { exports } })).toContainEqual(
    expect.stringMatching(/^example: attw: .*FalseCJS/),
  );
});

test("an import that is no dependency is reported, in code and in type declarations, also in a folder below dist", async () => {
  const files = {
    "dist/index.js": 'import fs from "node:fs";\nimport "declared/sub";\nimport "optional";\nimport "missing-a";\n',
    "dist/index.d.ts": 'export type A = import("missing-b").B;\n',
    "dist/page/index.js": 'import "missing-c";\n',
  };
  const manifest = {
    dependencies: { declared: "1.0.0" },
    peerDependencies: { optional: "1" },
    peerDependenciesMeta: { optional: { optional: true } },
    devDependencies: { "missing-a": "1.0.0" },
  };
  expect(await findImportProblems({ files, manifest })).toEqual(
    expect.arrayContaining([
      "example/dist/index.js: missing-a is not a dependency",
      "example/dist/index.d.ts: missing-b is not a dependency",
      "example/dist/page/index.js: missing-c is not a dependency",
    ]),
  );
});

test("a file, or a source map in it, that names the folder of the checkout is a problem", async () => {
  const map = Buffer.from(JSON.stringify({ version: 3, sources: [`${root}src/one.ts`], mappings: "" }));
  const comment = `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${map.toString("base64")}`;
  const named = {
    "dist/index.js": `export const one = 1;\n${comment}\n`,
    "dist/index.d.ts": `// ${root}\nexport {};\n`,
  };
  expect(await findTarballProblems({ files: named })).toEqual(
    expect.arrayContaining([
      expect.stringContaining("paths: dist/index.js names the folder"),
      expect.stringContaining("paths: dist/index.d.ts names the folder"),
    ]),
  );
});
