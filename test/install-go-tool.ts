import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { withFileLock } from "../packages/cli/src/local/file-lock.ts";
import { runCommand } from "../packages/cli/src/local/run-command.ts";

const LIMIT_MS = 60 * 60_000;

export interface GoTool {
  /** For people, such as `the S3 server`. */
  name: string;
  /** Import path of the program. */
  module: string;
  version: string;
  /** The program's file, if it is to have another name than the last part of `module`. */
  file?: string;
  /** The Go toolchain that the module asks for, if it is newer than usual; Go downloads it from its module proxy. */
  toolchain?: string;
  /** Build tags, separated by commas; default: none. */
  tags?: string;
  /** What to expect of the time that a build takes, such as `about 2 minutes`. */
  takes: string;
}

/**
 * Returns the path of a program that is built with Go, once per machine and outside of the checkout. If that fails, returns
 * the reason.
 */
export async function installGoTool(tool: GoTool): Promise<{ path: string } | { missing: string }> {
  const { name, module, version, toolchain, takes, tags = "" } = tool;
  const built = basename(module);
  const file = tool.file ?? built;
  const folder = join(homedir(), ".cache", "caselink", file, version);
  const path = join(folder, file);
  await mkdir(folder, { recursive: true });
  return withFileLock(join(folder, "lock"), async () => {
    if (await exists(path)) return { path };
    const work = await mkdtemp(join(folder, "unfinished-"));
    try {
      console.error(`${file}: building ${version} with Go; this happens once and takes ${takes} on two cores`);
      const { failure, output } = await runCommand(
        "go",
        ["install", `-tags=${tags}`, "-ldflags=-s -w", `${module}@${version}`],
        {
          env: {
            ...process.env,
            GOBIN: work,
            GO111MODULE: "on",
            GOFLAGS: "",
            ...(toolchain !== undefined && { GOTOOLCHAIN: toolchain }),
          },
          cwd: work,
          limitMs: LIMIT_MS,
        },
      );
      if (failure?.includes("ENOENT")) return { missing: `there is no go on the PATH to build ${name} with` };
      if (failure !== undefined) return { missing: `${name} could not be built: ${failure}: ${output}` };
      await rename(join(work, built), path);
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
