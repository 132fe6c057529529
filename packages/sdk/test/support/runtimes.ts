import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Outside of the checkout, so that a new checkout does not download them again: together about 750 MB. */
export const runtimeCache = path.join(
  process.env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache"),
  "caselink/runtimes",
);

/** Runtimes are installed from npm when a test needs them, because they are too large for dependencies. */
export const RUNTIMES = {
  /** The one that `engines` of all published packages names. */
  "the lowest Node": { name: "node", version: "22.19.0", program: "node" },
  /** The one that the commands of the checkout start with. They run on the Node that they get from npm. */
  "Node 20": { name: "node", version: "20.0.0", program: "node" },
  "the newest Node": { name: "node", version: "26.10.0", program: "node" },
  Bun: { name: "bun", version: "1.4.5", program: "bun" },
  Deno: { name: "deno", version: "2.9.6", program: "deno" },
  workerd: { name: "workerd", version: "1.20261117.1", program: "workerd" },
  "playwright-core": { name: "playwright-core", version: "1.65.1", program: "playwright-core" },
} as const;

export type Runtime = keyof typeof RUNTIMES;

export interface Installed {
  readonly folder: string;
  /** The program's path. */
  readonly program: string;
}

/** Installs a runtime once for all runs, or returns the reason why it cannot be installed here. */
export async function installRuntime(runtime: Runtime): Promise<Installed | string> {
  const { name, version, program } = RUNTIMES[runtime];
  const folder = path.join(runtimeCache, `${name}-${version}`);
  const installed = { folder, program: path.join(folder, "node_modules/.bin", program) };
  try {
    await access(installed.program);
    return installed;
  } catch {
    // Not here yet.
  }
  try {
    await mkdir(folder, { recursive: true });
    await npm(folder, ["install", "--no-save", `${name}@${version}`]);
    return installed;
  } catch (error) {
    return `${name} ${version} cannot be installed: ${String(error).split("\n", 1)[0]}`;
  }
}

/** Runs npm, which is part of every Node. */
export async function npm(folder: string, args: string[]): Promise<void> {
  await run("npm", ["--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", ...args], {
    cwd: folder,
    timeout: 180_000,
  });
}
