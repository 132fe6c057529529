import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, runTool } from "./run-tool.ts";

const stampFile = join(root, "node_modules/.cache/caselink/built");

/** Files beside the packages that change what they are built to. */
const SHARED_INPUTS = [
  "package.json",
  "pnpm-lock.yaml",
  "tsconfig.json",
  "tsconfig.build.json",
  "third-party-notices.ts",
  "tsdown.shared.ts",
  "turbo.json",
];

export interface EnsureBuiltOptions {
  /** Called once when there is something to build, and again when it is done. */
  onBuild?: (phase: "building" | "built") => void;
}

/**
 * Builds the packages whose sources have changed since the last build.
 *
 * Writes nothing to standard output. If the build fails, prints its output to standard error and rejects.
 */
export async function ensureBuilt({ onBuild }: EnsureBuiltOptions = {}): Promise<void> {
  if (isBuilt()) return;
  onBuild?.("building");
  // Loaded late: it costs more time than the look at the sources.
  const { withFileLock } = await import("../packages/cli/src/local/file-lock.ts");
  await withFileLock(`${stampFile}.lock`, async () => {
    // Taken before the build, so that a file saved meanwhile is built the next time.
    const inputs = fingerprintInputs();
    if (isBuilt(inputs)) return;
    await build();
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, inputs);
  });
  onBuild?.("built");
}

function isBuilt(inputs = fingerprintInputs()): boolean {
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== inputs) return false;
  const built = packageFolders().filter((folder) => existsSync(join(folder, "tsdown.config.ts")));
  return built.every((folder) => existsSync(join(folder, "dist")));
}

/** All packages: the sources of one without a build of its own are bundled into the packages that use it. */
function packageFolders(): string[] {
  return ["packages", "apps"].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, parent, name)),
  );
}

/** Changes whenever a file that goes into the build is changed, added or removed. */
function fingerprintInputs(): string {
  const hash = createHash("sha1");
  const add = (file: string) => {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  };
  for (const name of SHARED_INPUTS) add(join(root, name));
  for (const folder of [join(root, "openapi"), ...packageFolders()]) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isFile()) add(join(folder, entry.name));
    const sources = join(folder, "src");
    if (!existsSync(sources)) continue;
    for (const entry of readdirSync(sources, { withFileTypes: true, recursive: true })) {
      if (entry.isFile() && !entry.name.endsWith(".test.ts")) add(join(entry.parentPath, entry.name));
    }
  }
  return hash.digest("hex");
}

async function build(): Promise<void> {
  const args = ["run", "build", "--output-logs=errors-only", "--ui=stream", "--no-update-notifier"];
  const { status, output } = await runTool("turbo", args);
  if (status === 0) return;
  process.stderr.write(output);
  throw new Error("The packages do not build; the output of the build is above. Run: npx -y pnpm@12 run build");
}
