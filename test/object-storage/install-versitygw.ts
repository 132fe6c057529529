import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { withFileLock } from "../../packages/cli/src/local/file-lock.ts";
import { runCommand } from "../../packages/cli/src/local/run-command.ts";

const VERSION = "v1.8.0";
const MODULE = "github.com/versity/versitygw/cmd/versitygw";
const LIMIT_MS = 30 * 60_000;

/**
 * Returns the path of an S3 server that stores objects in a folder. If it is missing, it is built with Go, once per machine
 * and outside of the checkout. If that fails, returns the reason.
 */
export async function installVersitygw(): Promise<{ path: string } | { missing: string }> {
  const folder = join(homedir(), ".cache", "caselink", "versitygw", VERSION);
  const path = join(folder, "versitygw");
  await mkdir(folder, { recursive: true });
  return withFileLock(join(folder, "lock"), async () => {
    if (await exists(path)) return { path };
    const work = await mkdtemp(join(folder, "unfinished-"));
    try {
      console.error(`versitygw: building ${VERSION} with Go; this happens once and takes about 2 minutes on two cores`);
      const { failure, output } = await runCommand("go", ["install", "-ldflags=-s -w", `${MODULE}@${VERSION}`], {
        env: { ...process.env, GOBIN: work, GO111MODULE: "on", GOFLAGS: "" },
        cwd: work,
        limitMs: LIMIT_MS,
      });
      if (failure?.includes("ENOENT")) return { missing: "there is no go on the PATH to build an S3 server with" };
      if (failure !== undefined) return { missing: `the S3 server could not be built: ${failure}: ${output}` };
      await rename(join(work, "versitygw"), path);
      return { path };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
