import { execFile } from "node:child_process";
import { appendFile, cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "..");
const generatedFolders = ["packages/sdk/src/generated", "packages/simulator/src/generated"];
let copy: string;

beforeEach(async () => {
  copy = await mkdtemp(path.join(tmpdir(), "caselink-generate-"));
  const sources = ["openapi/generate.mjs", "openapi/api-reference.mjs", "openapi/osm.v2.yaml"];
  for (const name of [...sources, ...generatedFolders, "docs/api.md"])
    await cp(path.join(root, name), path.join(copy, name), { recursive: true });
  await symlink(path.join(root, "openapi/node_modules"), path.join(copy, "openapi/node_modules"), "junction");
});

afterEach(() => rm(copy, { recursive: true, force: true }));

function check(): Promise<{ status: number | string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(copy, "openapi/generate.mjs"), "--check"], (error, _stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stderr }),
    );
  });
}

test("the generated files match the description", async () => {
  expect(await check()).toEqual({ status: 0, stderr: "" });
});

test.each([
  "packages/sdk/src/generated/osm.ts",
  "packages/sdk/src/generated/catalogue.ts",
  "packages/sdk/src/generated/error-catalogue.ts",
  "packages/simulator/src/generated/osm.ts",
  "packages/simulator/src/generated/osm-document.ts",
  "docs/api.md",
])("the check of generated files fails if %s was edited, and names the command", async (file) => {
  await appendFile(path.join(copy, file), "// edited\n");
  expect(await check()).toEqual({
    status: 1,
    stderr: `${file} does not match openapi/osm.v2.yaml.\nRun: pnpm generate   then commit the result.\n`,
  });
});

test("the check of generated files fails if the description has changed", async () => {
  await appendFile(path.join(copy, "openapi/osm.v2.yaml"), "# changed\n");
  expect((await check()).status).toBe(1);
});

test("the check of generated files fails if a file is missing", async () => {
  await rm(path.join(copy, "packages/sdk/src/generated/catalogue.ts"));
  expect((await check()).status).toBe(1);
});
