import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installRuntime, RUNTIMES } from "../../packages/sdk/test/support/runtimes.ts";
import { packPackages } from "../../scripts/check-packages.ts";
import { findUndeclaredImports } from "../../scripts/find-undeclared-imports.ts";
import { findPublishedPackages } from "../../scripts/published-packages.ts";
import { root } from "../../scripts/run-tool.ts";

/** The names of the published packages. */
let names: string[];

const INPUT = `case_id,related_id,group_id
T1,R1,g
T1,R2,g
T1,R1,g
HELD,R1,g
FULL,R9,g
GONE,R1,g
SHUT,R1,g
T2,,g
`;
const SIMULATOR = {
  tickets: { HELD: ["R1"], FULL: ["a", "b", "c"] },
  unknownTickets: ["GONE"],
  forbiddenTickets: ["SHUT"],
};

/** A folder outside the checkout in which the packed packages are installed. */
let folder: string;

/** The lowest supported Node, or that of the checkout if npm cannot install the former. */
const lowestNode = await installRuntime("the lowest Node");
if (typeof lowestNode === "string") console.log(`skipped: ${lowestNode}`);

/** The environment without the checkout's tools. */
const outside: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [
    dirname(typeof lowestNode === "string" ? process.execPath : lowestNode.program),
    ...(process.env["PATH"] ?? "").split(delimiter).filter((path) => !path.startsWith(root)),
  ].join(delimiter),
  NODE_PATH: undefined,
  NODE_OPTIONS: undefined,
};

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the folder; `signal` ends it with SIGTERM. */
async function run(
  command: string,
  args: readonly string[],
  { env = outside, signal }: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal && { signal }),
  });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { status: status as number | null, stdout, stderr };
}

const linesOf = ({ stdout }: Ended) =>
  stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Record<string, unknown>]));

const installedCommand = () => join(folder, "node_modules/.bin/caselink");

/** Starts the installed simulator; disposing of it stops it. */
async function startInstalledSimulator(): Promise<AsyncDisposable & { readonly url: string }> {
  await writeFile(join(folder, "simulator.json"), JSON.stringify(SIMULATOR));
  const args = ["simulator", "--json", "--config", "simulator.json"];
  const child = spawn(installedCommand(), args, { cwd: folder, env: outside, stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return {
      url,
      async [Symbol.asyncDispose]() {
        child.kill();
        await closed;
      },
    };
  }
  throw new Error("The simulator ended before it accepted requests.");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "caselink-installed-"));
  const tarballs = join(folder, "tarballs");
  await mkdir(tarballs);
  const published = await findPublishedPackages();
  names = published.map(({ manifest }) => manifest.name);
  await packPackages(
    published.map((found) => found.folder),
    tarballs,
  );

  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  // One command installs all of them, so that npm takes each from its file and none from the registry.
  const files = (await readdir(tarballs)).map((name) => `./tarballs/${name}`);
  // With `--engine-strict`, a dependency that needs a newer Node is an error.
  const installed = await run("npm", [
    "install",
    "--engine-strict",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    ...files,
  ]);
  if (installed.status !== 0) throw new Error(`npm cannot install the packages:\n${installed.stderr}`);
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }), 60_000);

test("every packed package needs the lowest Node that is tested, or a newer one", async () => {
  const [major, minor] = RUNTIMES["the lowest Node"].version.split(".");
  for (const name of names) {
    const manifest = await readFile(join(folder, "node_modules", name, "package.json"), "utf8");
    expect([name, JSON.parse(manifest)]).toMatchObject([name, { engines: { node: `>=${major}.${minor}` } }]);
  }
});

test("every packed package declares the modules that it loads", () => {
  const folders = names.map((name) => join(folder, "node_modules", name));
  expect(findUndeclaredImports(folders)).toEqual([]);
});

test(
  "the command installed from the packed packages runs a batch to its end in local mode",
  { timeout: 300_000 },
  async ({ signal }) => {
    await using simulator = await startInstalledSimulator();
    await writeFile(join(folder, "in.csv"), INPUT);
    const env = {
      PATH: outside["PATH"],
      HOME: folder,
      CASELINK_TEMPORAL_CLI: process.env["CASELINK_TEMPORAL_CLI"],
      CASELINK_HOME: join(folder, ".home"),
      CASELINK_ENDPOINT: simulator.url,
      CASELINK_TOKEN: "demo-token",
    };
    const caselink = (...args: string[]) => run(installedCommand(), args, { env, signal });

    const version = await run("npx", ["--no", "caselink", "--version"], { env, signal });
    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });

    const plan = await caselink("plan", "in.csv", "--json");
    expect([plan.status, linesOf(plan).at(-1)]).toMatchObject([2, { event: "plan", rows: 8, to_send: 6, invalid: 1 }]);

    const finished = await caselink("run", "in.csv", "--batch", "first", "--yes", "--json");
    expect([finished.status, finished.stderr]).toEqual([3, expect.any(String)]);
    expect(linesOf(finished).at(-1)).toMatchObject({ event: "summary", batch: "first", state: "completed", rows: 8 });

    const rows = linesOf(await caselink("report", "first", "--json"));
    expect(rows.map(({ line, case_id: ticket, outcome }) => [line, ticket, outcome])).toEqual([
      [2, "T1", "created"],
      [3, "T1", "created"],
      [4, "T1", "duplicate"],
      [5, "HELD", "already_associated"],
      [6, "FULL", "limit_reached"],
      [7, "GONE", "not_found"],
      [8, "SHUT", "forbidden"],
      [9, "T2", "invalid"],
    ]);
    const page = await caselink("report", "first", "--format", "html");
    expect([page.status, page.stdout]).toEqual([0, expect.stringMatching(/^<!doctype html>[^]*<\/html>\n$/)]);
  },
);
