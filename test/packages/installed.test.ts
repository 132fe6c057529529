import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { installRuntime, RUNTIMES, type Installed } from "../../packages/sdk/test/support/runtimes.ts";
import { findUndeclaredImports } from "../../scripts/find-undeclared-imports.ts";
import {
  environmentOutside,
  installedSize,
  installPackages,
  PACKAGES,
  startServing,
  type Ended,
  type InstalledPackages,
  type Serving,
} from "./install-packages.ts";
import { adaptExample, examplesOf } from "./readme-examples.ts";

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

/** What npm may install with all six packages. Most of it is Temporal's core for five platforms, and DuckDB. */
const MOST_PACKAGES = 300;
const MOST_MEGABYTES = 420;

const NODES = ["the lowest Node", "the newest Node"] as const;
/** The Node versions of the tests; a text if npm cannot install one, which is why its tests are skipped. */
const nodes = Object.fromEntries(await Promise.all(NODES.map(async (name) => [name, await installRuntime(name)]))) as {
  [Name in (typeof NODES)[number]]: Installed | string;
};
for (const reason of Object.values(nodes)) if (typeof reason === "string") console.log(`skipped: ${reason}`);

const lowest = nodes["the lowest Node"];
let installed: InstalledPackages;

const linesOf = ({ stdout }: Ended) =>
  stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Record<string, unknown>]));

const program = (name: string) => join(installed.folder, "node_modules/.bin", name);

/** Starts the installed simulator; disposing of it stops it. */
async function startInstalledSimulator(env: NodeJS.ProcessEnv): Promise<Serving & { readonly url: string }> {
  const cwd = installed.folder;
  await writeFile(join(cwd, "simulator.json"), JSON.stringify(SIMULATOR));
  const args = ["simulator", "--json", "--config", "simulator.json"];
  const serving = await startServing(program("caselink"), args, { cwd, env, on: "stdout" });
  return { ...serving, url: (JSON.parse(serving.line) as { url: string }).url };
}

beforeAll(async () => {
  installed = await installPackages(environmentOutside(typeof lowest === "string" ? undefined : lowest.program));
}, 600_000);

afterAll(() => installed[Symbol.asyncDispose]());

test("every packed package needs the lowest Node that is tested, or a newer one", async () => {
  const [major, minor] = RUNTIMES["the lowest Node"].version.split(".");
  for (const name of Object.keys(PACKAGES)) {
    const manifest = await readFile(join(installed.folder, "node_modules", name, "package.json"), "utf8");
    expect([name, JSON.parse(manifest)]).toMatchObject([name, { engines: { node: `>=${major}.${minor}` } }]);
  }
});

test("every packed package declares the modules that it loads", () => {
  const folders = Object.keys(PACKAGES).map((name) => join(installed.folder, "node_modules", name));
  expect(findUndeclaredImports(folders)).toEqual([]);
});

test("npm installs no more packages and megabytes than expected", async () => {
  const { packages, megabytes } = await installedSize(installed.folder);
  console.log(`installed: ${packages} packages, ${Math.round(megabytes)} MB`);
  expect(packages).toBeLessThanOrEqual(MOST_PACKAGES);
  expect(megabytes).toBeLessThanOrEqual(MOST_MEGABYTES);
});

test("the examples of every packed README run in their order", async ({ signal }) => {
  // Two of them have `await using`, which Node 22 does not know.
  const newest = nodes["the newest Node"];
  const env = environmentOutside(typeof newest === "string" ? undefined : newest.program);
  await using simulator = await startInstalledSimulator(env);
  let count = 0;
  for (const name of Object.keys(PACKAGES)) {
    const cwd = join(installed.folder, "examples", name);
    await mkdir(cwd, { recursive: true });
    await writeFile(join(cwd, "package.json"), '{ "type": "module" }\n');
    await writeFile(join(cwd, "tickets.csv"), "case_id,related_id,group_id\nSR1,SR2,g\n");
    const readme = await readFile(join(installed.folder, "node_modules", name, "README.md"), "utf8");
    for (const [index, text] of examplesOf(readme).entries()) {
      const file = join(cwd, `example-${index + 1}.ts`);
      await writeFile(file, adaptExample(text, { endpoint: simulator.url, temporal: inject("temporalAddress") }));
      const own = { ...env, CASELINK_TOKEN: "demo-token", CASELINK_ENDPOINT: simulator.url, HTTP_PROXY: "" };
      const { status, stderr } = await installed.run("node", [file], { cwd, env: own, signal });
      expect({ name, text, status, stderr }).toEqual({ name, text, status: 0, stderr: expect.any(String) });
      count++;
    }
  }
  expect(count).toBeGreaterThanOrEqual(8);
});

/** The environment of a user of the installed command, with a state folder of its own. */
const userEnv = (url: string, home: string): NodeJS.ProcessEnv => ({
  HOME: installed.folder,
  CASELINK_TEMPORAL_CLI: process.env["CASELINK_TEMPORAL_CLI"],
  CASELINK_HOME: join(installed.folder, home),
  CASELINK_ENDPOINT: url,
  CASELINK_TOKEN: "demo-token",
});

/**
 * Runs a batch on the Temporal server of the test run with the installed worker. Returns the summary of the batch, and with
 * which exit status the worker ends on SIGTERM.
 */
async function runOnWorker(
  { folder, run }: InstalledPackages,
  batch: string,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
) {
  await writeFile(join(folder, "cluster.csv"), INPUT);
  const cluster = {
    ...env,
    TEMPORAL_ADDRESS: inject("temporalAddress"),
    CASELINK_LEDGER: join(folder, `${batch}-ledger`),
  };
  const bin = join(folder, "node_modules/.bin");
  await using worker = await startServing(join(bin, "caselink-worker"), [], {
    cwd: folder,
    env: cluster,
    on: "stderr",
  });
  const args = ["run", "cluster.csv", "--batch", batch, "--yes", "--json"];
  const finished = await run(join(bin, "caselink"), args, { env: cluster, signal });
  return { summary: linesOf(finished).at(-1), status: await worker.stop() };
}

test("the smaller installation of the worker's README runs a batch", async ({ signal }) => {
  const readme = await readFile(join(installed.folder, "node_modules/@caselink/worker/README.md"), "utf8");
  const overrides = JSON.parse(/^```json\n(.*?)^```/ms.exec(readme)?.[1] ?? "") as object;
  const outside = environmentOutside(typeof lowest === "string" ? undefined : lowest.program);
  await using smaller = await installPackages(outside, join(installed.folder, "tarballs"), overrides);
  const before = await installedSize(installed.folder);
  const after = await installedSize(smaller.folder);
  expect(before.packages - after.packages).toBeGreaterThan(50);
  expect(before.megabytes - after.megabytes).toBeGreaterThan(40);
  await using simulator = await startInstalledSimulator(outside);
  const env = { ...userEnv(simulator.url, "smaller"), PATH: outside["PATH"] };
  const ended = await runOnWorker(smaller, `smaller-${process.pid}`, { env, signal });
  expect(ended).toMatchObject({ summary: { event: "summary", state: "completed", created: 2 }, status: 0 });
});

describe.each(NODES)("under %s", (name) => {
  const node = nodes[name];
  const env = environmentOutside(typeof node === "string" ? undefined : node.program);
  // npm cannot install this Node here: the reason is printed above.
  const isMissing = typeof node === "string";

  test.skipIf(isMissing)("every entry point can be imported and required", async () => {
    let count = 0;
    for (const packageName of Object.keys(PACKAGES)) {
      const path = join(installed.folder, "node_modules", packageName, "package.json");
      const { exports } = JSON.parse(await readFile(path, "utf8")) as { exports: Record<string, unknown> };
      for (const entry of Object.keys(exports)) {
        const specifier = JSON.stringify(packageName + entry.slice(1));
        const options = entry.endsWith(".json") ? ", { with: { type: 'json' } }" : "";
        const code = `const a = Object.keys(require(${specifier})); import(${specifier}${options}).then((m) => console.log(a.length > 0 && Object.keys(m).length > 0))`;
        const ended = await installed.run("node", ["--input-type=commonjs", "-e", code], { env });
        expect([packageName, entry, ended.stdout, ended.stderr]).toEqual([packageName, entry, "true\n", ""]);
        count++;
      }
    }
    expect(count).toBeGreaterThanOrEqual(2 * Object.keys(PACKAGES).length);
  });

  test.skipIf(isMissing)(
    "the installed command does all with a batch, and undoes it, in local mode",
    async ({ signal }) => {
      await using simulator = await startInstalledSimulator(env);
      await writeFile(join(installed.folder, "in.csv"), INPUT);
      const user = { ...userEnv(simulator.url, name), PATH: env["PATH"] };
      const caselink = (...args: string[]) =>
        installed.run("npx", ["--no", "--", "caselink", ...args], { env: user, signal });

      expect(await caselink("--version")).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      expect(await caselink("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("undo") });
      const chinese = { ...user, CASELINK_LANG: "zh" };
      expect(await installed.run("npx", ["--no", "--", "caselink", "--help"], { env: chinese, signal })).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("用法"),
      });

      const plan = await caselink("plan", "in.csv", "--json");
      expect([plan.status, linesOf(plan).at(-1)]).toMatchObject([
        2,
        { event: "plan", rows: 8, to_send: 6, invalid: 1 },
      ]);

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

      expect(await caselink("verify", "first")).toMatchObject({ status: 0 });
      const undone = await caselink("undo", "first", "--yes", "--json");
      expect([undone.status, linesOf(undone).at(-1)]).toMatchObject([0, { event: "summary", removed: 2 }]);
      expect(await caselink("doctor")).toMatchObject({ status: 0 });
    },
  );

  test.skipIf(isMissing)(
    "the installed worker runs a batch on a cluster and ends in good order",
    async ({ signal }) => {
      await using simulator = await startInstalledSimulator(env);
      const user = { ...userEnv(simulator.url, name), PATH: env["PATH"] };
      const batch = `installed-${process.pid}-${NODES.indexOf(name)}`;
      const ended = await runOnWorker(installed, batch, { env: user, signal });
      expect(ended).toMatchObject({ summary: { event: "summary", state: "completed", created: 2 }, status: 0 });
    },
  );
});
