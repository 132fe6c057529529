import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findWorkspacePackages } from "../scripts/published-packages.ts";
import { root } from "../scripts/run-tool.ts";

/** A git checkout that has of this one the manifests and the configuration of changesets. */
let folder: string;

async function git(...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  await promisify(execFile)("git", [...identity, ...args], { cwd: folder });
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** Commits files on a branch; returns whether the command that CI runs accepts them. */
async function isAccepted(files: Readonly<Record<string, string>>): Promise<boolean> {
  for (const [path, text] of Object.entries(files)) await write(path, text);
  await git("add", ".");
  await git("commit", "--quiet", "--message", "Change something");
  const command = [join(root, "node_modules/@changesets/cli/bin.js"), "status", "--since", "main"];
  return promisify(execFile)(process.execPath, command, { cwd: folder }).then(
    () => true,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      expect(stdout + stderr).toContain("no changesets were found");
      return false;
    },
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "caselink-changesets-"));
  const manifests = (await findWorkspacePackages()).map((found) => `${found.folder}/package.json`);
  for (const path of [
    "package.json",
    "pnpm-workspace.yaml",
    "pnpm-lock.yaml",
    ".changeset/config.json",
    ...manifests,
  ]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(root, path), join(folder, path));
  }
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "Start");
});
beforeEach(async () => {
  await git("checkout", "--quiet", "-B", "change", "main");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a change of the sources of a published package needs a changeset", async () => {
  const change = { "packages/sdk/src/new.ts": "export {};\n" };
  expect(await isAccepted(change)).toBe(false);
  const changeset = '---\n"@caselink/sdk": patch\n---\n\nSomething is new.\n';
  expect(await isAccepted({ ".changeset/new.md": changeset })).toBe(true);
});

test("an empty changeset says that users see no difference", async () => {
  expect(await isAccepted({ "apps/worker/src/new.ts": "", ".changeset/empty.md": "---\n---\n" })).toBe(true);
});

test("a change of tests, of documents or of a private package needs no changeset", async () => {
  const files = [
    "packages/sdk/src/new.test.ts",
    "packages/cli/test/new.ts",
    "packages/ledger/README.md",
    "bench/new.ts",
  ];
  expect(await isAccepted(Object.fromEntries(files.map((path) => [path, ""])))).toBe(true);
});
