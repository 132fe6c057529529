import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { findPublishedPackages } from "../../scripts/published-packages.ts";
import { packPackages } from "../../scripts/check-packages.ts";
import { root } from "../../scripts/run-tool.ts";

/** The published packages: their folders in the checkout, by name. */
export const PACKAGES: Readonly<Record<string, string>> = Object.fromEntries(
  (await findPublishedPackages()).map(({ manifest, folder }) => [manifest.name, folder]),
);

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Replaces the environment that the programs of the folder start with. */
  env?: NodeJS.ProcessEnv;
  /** Default: the folder. */
  cwd?: string;
  /** Ends the program with SIGTERM. */
  signal?: AbortSignal;
}

/** A folder outside the checkout in which the packed packages are installed. */
export interface InstalledPackages extends AsyncDisposable {
  readonly folder: string;
  /** Runs a program without the checkout's tools on the PATH. */
  readonly run: (command: string, args: readonly string[], options?: RunOptions) => Promise<Ended>;
}

/**
 * The environment without the checkout's tools.
 *
 * @param node path of the Node that comes first on the PATH; default: the one of this process
 */
export function environmentOutside(node = process.execPath): NodeJS.ProcessEnv {
  const others = (process.env["PATH"] ?? "").split(delimiter).filter((path) => !path.startsWith(root));
  return {
    ...process.env,
    PATH: [dirname(node), ...others].join(delimiter),
    NODE_PATH: undefined,
    NODE_OPTIONS: undefined,
  };
}

/**
 * Installs packed packages with npm in an empty folder.
 *
 * @param env the environment of npm, see {@link environmentOutside}
 * @param packed a folder with the tarballs; default: the one that `CASELINK_TEST_TARBALLS` names, else the packages of the
 * checkout are packed
 * @param manifest what the package.json of the folder has
 */
export async function installPackages(
  env: NodeJS.ProcessEnv,
  packed = process.env["CASELINK_TEST_TARBALLS"],
  manifest: object = {},
): Promise<InstalledPackages> {
  const folder = await mkdtemp(join(tmpdir(), "caselink-installed-"));
  const run = async (command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> => {
    const { env: own = env, cwd = folder, signal } = options;
    const child = spawn(command, args, { cwd, env: own, stdio: ["ignore", "pipe", "pipe"], ...(signal && { signal }) });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { status: status as number | null, stdout, stderr };
  };

  const tarballs = join(folder, "tarballs");
  if (packed === undefined) await packPackages(Object.values(PACKAGES), tarballs);
  else await cp(packed, tarballs, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, ...manifest }));
  // One command installs all six, so that npm takes each from its file and none from the registry.
  const files = (await readdir(tarballs)).map((name) => `./tarballs/${name}`);
  // With `--engine-strict`, a dependency that needs a newer Node is an error.
  const options = ["--engine-strict", "--prefer-offline", "--no-audit", "--no-fund"];
  const installed = await run("npm", ["install", ...options, ...files, ...(await optionalPeers())]);
  if (installed.status !== 0) throw new Error(`npm cannot install the packages:\n${installed.stderr}`);
  return {
    folder,
    run,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The optional peer dependencies, which some entry points need, at the tested versions. */
async function optionalPeers(): Promise<string[]> {
  const manifests = await Promise.all(
    Object.values(PACKAGES).map((path) => readFile(join(root, path, "package.json"), "utf8")),
  );
  return manifests.flatMap((text) => {
    const { peerDependencies = {}, devDependencies = {} } = JSON.parse(text) as {
      readonly [kind in "peerDependencies" | "devDependencies"]?: Readonly<Record<string, string>>;
    };
    return Object.keys(peerDependencies)
      .filter((name) => /^\d/.test(devDependencies[name] ?? ""))
      .map((name) => `${name}@${devDependencies[name]}`);
  });
}

/** Returns what npm has installed below a folder: packages, and bytes of all files. */
export async function installedSize(folder: string): Promise<{ packages: number; megabytes: number }> {
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as { packages: object };
  const files = await readdir(join(folder, "node_modules"), { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const file of files) if (file.isFile()) bytes += (await stat(join(file.parentPath, file.name))).size;
  // The folder itself and those that are for other platforms are in the lockfile, too.
  const present = Object.keys(lock.packages).filter((path) => path !== "");
  const isThere = await Promise.all(
    present.map((path) =>
      stat(join(folder, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return { packages: isThere.filter(Boolean).length, megabytes: bytes / 1e6 };
}

/** A program of the folder that serves until it is disposed of. */
export interface Serving extends AsyncDisposable {
  /** The first line that it printed. */
  readonly line: string;
  /** Ends it with SIGTERM and returns its exit status. */
  readonly stop: () => Promise<number | null>;
}

/** Starts a program and waits for the first line that it prints. */
export async function startServing(
  command: string,
  args: readonly string[],
  { on, ...options }: { cwd: string; env: NodeJS.ProcessEnv; on: "stdout" | "stderr" },
): Promise<Serving> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close") as Promise<[number | null]>;
  const stop = async (): Promise<number | null> => {
    child.kill();
    return (await closed)[0];
  };
  const output = child[on];
  for await (const line of createInterface({ input: output })) {
    // Nothing may wait for a reader.
    child.stdout.resume();
    child.stderr.resume();
    return { line, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
  }
  throw new Error(`${command} ended before it printed a line.`);
}
