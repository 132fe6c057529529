// `npx -y pnpm@12 release:dry`: does everything of a release but publish it. Versions the packages in a copy of the last
// commit, shows the changelogs, builds, packs, runs the tests of installed packages on the tarballs, and reads what npm says
// about publishing them. The last line is `release:dry passed`; else it ends with exit status 1. `--keep` also keeps the
// tarballs for the tests of upgrades, in test/upgrade/releases: a release does that once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { PACKAGES } from "../test/packages/install-packages.ts";
import { root } from "./run-tool.ts";
import { newestEntry } from "./changelog.ts";
import { findPublishedPackages } from "./published-packages.ts";
import { requireEarlierVersions } from "./released-versions.ts";

/** The facts that npm prints about a tarball. */
interface Published {
  name: string;
  version: string;
  /** Bytes of the tarball, and of the files in it. */
  size: number;
  unpackedSize: number;
  entryCount: number;
}

const { keep } = parseArgs({ options: { keep: { type: "boolean" } } }).values;
const folder = await mkdtemp(join(tmpdir(), "caselink-release-"));
try {
  await rehearse(folder);
  console.log("\nrelease:dry passed");
} catch (error) {
  console.error(`\nrelease:dry failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function rehearse(temporary: string): Promise<void> {
  const copy = join(temporary, "copy");
  const tarballs = join(temporary, "tarballs");
  await mkdir(tarballs);
  if ((await run("git", ["status", "--porcelain"])) !== "")
    console.log("Changes that are not committed are not part of this release.");
  await run("git", ["clone", "--quiet", root, copy]);
  const pnpm = (...args: string[]) => run("npx", ["-y", "pnpm@12", ...args], { cwd: copy });
  await pnpm("install", "--frozen-lockfile", "--prefer-offline");
  const changes = (await readdir(join(copy, ".changeset"))).filter((name) => name.endsWith(".md"));
  // Without changesets, what is released is the version of the last commit.
  if (changes.length > 0) await pnpm("exec", "changeset", "version");
  await showChangelogs(copy);
  const packages = await findPublishedPackages(copy);
  requireEarlierVersions(copy, packages[0]?.manifest.version ?? "", packages);
  await pnpm("run", "build");
  const filters = Object.values(PACKAGES).flatMap((path) => ["--filter", `./${path}`]);
  await pnpm("--recursive", ...filters, "pack", "--pack-destination", tarballs);

  const published: Published[] = [];
  for (const file of (await readdir(tarballs)).sort()) published.push(await publishDry(join(tarballs, file)));
  assertOneRelease(published);

  const test = join(root, "scripts/test.ts");
  await run(process.execPath, [test, "test/packages/installed.test.ts"], {
    env: { CASELINK_TEST_TARBALLS: tarballs },
    isShown: true,
  });
  if (keep) await keepTarballs(tarballs, published[0]?.version ?? "");
  console.table(
    published.map(({ name, version, size, unpackedSize, entryCount }) => ({
      package: name,
      version,
      "kB packed": Math.round(size / 1e3),
      "kB unpacked": Math.round(unpackedSize / 1e3),
      files: entryCount,
    })),
  );
}

/** Releases are kept as they were published: a version that is there is not replaced. */
async function keepTarballs(tarballs: string, version: string): Promise<void> {
  const kept = join(root, "test/upgrade/releases", version);
  await cp(tarballs, kept, { recursive: true, errorOnExist: true, force: false });
}

/** Prints the newest entry of each changelog. Packages that are versioned together often have the same changes: those once. */
async function showChangelogs(copy: string): Promise<void> {
  for (const [name, path] of Object.entries(PACKAGES)) {
    const changelog = await readFile(join(copy, path, "CHANGELOG.md"), "utf8").catch(() => "");
    if (changelog === "") throw new Error(`${name} has no changelog: run npx -y pnpm@12 exec changeset.`);
    console.log(`\n${name} ${newestEntry(changelog)}`);
  }
}

/** Asks npm what publishing a tarball would do. A warning about the manifest is an error: npm would change the package. */
async function publishDry(tarball: string): Promise<Published> {
  // Provenance is made from the workflow's identity, which only a workflow has.
  const args = ["publish", tarball, "--dry-run", "--json", "--provenance=false"];
  const { stdout, stderr } = await capture("npm", args);
  const problems = stderr.split("\n").filter((line) => /^npm (?:warn|error)/.test(line) && !line.includes("logged in"));
  if (problems.length > 0) throw new Error(`npm says about ${tarball}:\n${problems.join("\n")}`);
  const [facts] = Object.values(JSON.parse(stdout) as Record<string, Published>);
  if (facts === undefined) throw new Error(`npm says nothing about ${tarball}`);
  return facts;
}

function assertOneRelease(published: readonly Published[]): void {
  const missing = Object.keys(PACKAGES).filter((name) => !published.some((found) => found.name === name));
  if (missing.length > 0) throw new Error(`not packed: ${missing.join(", ")}`);
  const versions = new Set(published.map(({ version }) => version));
  if (versions.size !== 1 || versions.has("0.0.0"))
    throw new Error(`the packages have no common version, or none: ${[...versions].join(", ")}`);
}

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Shows the output while the program runs. */
  isShown?: boolean;
}

/** Runs a program and returns its standard output. Throws with all its output if it fails. */
async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await capture(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with status ${status}\n${stdout}${stderr}`);
  return stdout;
}

async function capture(command: string, args: readonly string[], { cwd = root, env, isShown }: RunOptions = {}) {
  const child = spawn(command, args, {
    cwd,
    env: {
      ...process.env,
      PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      ...env,
    },
    stdio: ["ignore", isShown ? "inherit" : "pipe", "pipe"],
  });
  const [stdout, stderr, [status]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, "close"),
  ]);
  return { status: status as number | null, stdout, stderr };
}

/** The text of a stream that is read here; empty for one that goes to the terminal. */
async function textOf(stream: Readable | null): Promise<string> {
  return stream === null ? "" : text(stream);
}
