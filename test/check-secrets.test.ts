import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "../scripts/run-tool.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "caselink-secrets-"));
  await mkdir(join(folder, ".github"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Returns what the check prints about the files of the folder; nothing if it finds no credential. */
async function findSecrets(): Promise<string> {
  const command = join(root, "node_modules/.bin/secretlint");
  const args = ["--secretlintrc", join(root, ".secretlintrc.json"), "**/*"];
  const ended = promisify(execFile)(command, args, { cwd: folder });
  return ended.then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
}

// Put together here, so that this file contains no text that the check would report.
const addressOf = (host: string) => [["https://user", "Zq3vW8kL"].join(":"), host].join("@");
const TOKEN = ["npm", "Zq3vW8kLmN5tR7yB2xC4dF6gH9jP1sAeUiOk"].join("_");

test.each(["notes.md", ".github/settings.yml"])("a token in %s is found, and is not printed", async (file) => {
  await writeFile(join(folder, file), `token: ${TOKEN}\n`);
  const printed = await findSecrets();
  expect(printed).toMatch(/1 error/);
  expect(printed).toContain(file);
  expect(printed).not.toContain(TOKEN);
});

test("a password for an example's address is no secret, one for another address is", async () => {
  const file = join(folder, "settings.md");
  await writeFile(file, addressOf("osm.example.com"));
  expect(await findSecrets()).toBe("");
  await writeFile(file, addressOf("registry.acme.io"));
  expect(await findSecrets()).toMatch(/BasicAuth/);
});
