import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "../scripts/run-tool.ts";
import { appendNotices, NOTICES } from "../third-party-notices.ts";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "caselink-notices-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const inFolder = (path: string): string => join(folder, path);

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(inFolder(path)), { recursive: true });
  await writeFile(inFolder(path), text);
}

const readNotices = (dist: string) => readFile(join(dist, NOTICES), "utf8");

test("each bundled package has its licence once, and the modules of this repository none", async () => {
  await write("node_modules/@some/one/package.json", '{ "name": "@some/one", "version": "1.0.0", "license": "MIT" }');
  // The nearest manifest is not that of the package.
  await write("node_modules/@some/one/lib/package.json", '{ "type": "module" }');
  await write("node_modules/@some/one/LICENSE", "The text of one\n");
  await write("node_modules/two/package.json", '{ "name": "two", "version": "2.0.0", "license": "ISC" }');
  await write("node_modules/two/license.md", "The text of two\n");
  const one = ["node_modules/@some/one/lib/a.js", "node_modules/@some/one/b.js", "src/index.ts"].map(inFolder);
  appendNotices(folder, one);
  appendNotices(folder, [...one, inFolder("node_modules/two/index.js")]);
  expect(await readNotices(folder)).toBe(
    "\n@some/one 1.0.0 (MIT)\n\nThe text of one\n\ntwo 2.0.0 (ISC)\n\nThe text of two\n",
  );
});

test("a bundled package without a licence file is an error", async () => {
  await write("node_modules/two/package.json", '{ "name": "two", "version": "2.0.0", "license": "ISC" }');
  const modules = [inFolder("node_modules/two/index.js")];
  expect(() => appendNotices(folder, modules)).toThrow("two 2.0.0 (ISC) is bundled and has no licence file.");
});

test("the built packages have the notices of what they bundle", async () => {
  // From the code of the package, and from the page of the HTML report.
  const ledger = await readNotices(join(root, "packages/ledger/dist"));
  for (const name of ["d3-scale", "d3-array", "@tanstack/virtual-core"]) expect(ledger).toContain(`\n${name} `);
  const workflows = await readNotices(join(root, "packages/workflows/dist"));
  for (const name of ["@temporalio/workflow", "@temporalio/common", "long"]) expect(workflows).toContain(`\n${name} `);
});
