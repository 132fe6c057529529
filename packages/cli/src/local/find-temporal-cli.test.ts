import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { UserError } from "../user-error.ts";
import { findTemporalCli } from "./find-temporal-cli.ts";
import { findFreePort } from "./free-port.ts";
import { TemporalCliError } from "./temporal-cli-error.ts";

const TEMPORAL = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';

/** A folder for each place that is looked at, an environment without any Temporal CLI, and no way to the network. */
async function makeMachine() {
  const folder = await mkdtemp(join(tmpdir(), "caselink-find-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const lines: string[] = [];
  const bin = join(folder, "bin");
  const cacheFolder = join(folder, "cache");
  const env: NodeJS.ProcessEnv = { PATH: bin, HTTPS_PROXY: `http://127.0.0.1:${await findFreePort()}` };
  return {
    bin,
    cacheFolder,
    env,
    lines,
    cached: join(cacheFolder, "temporal", "v1.5.1", "temporal"),
    file: (name: string) => join(folder, name),
    find: (extra: { downloadLimitMs?: number; signal?: AbortSignal } = {}) =>
      findTemporalCli({ env, cacheFolder, log: (line) => lines.push(line), ...extra }),
  };
}

async function writeScript(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A Go that can install the CLI, and notes each of its calls with its environment. */
async function installGo(machine: { bin: string; file: (name: string) => string }, install?: string): Promise<string> {
  const calls = machine.file("go-calls");
  const made = `echo '#!/bin/sh' > "$GOBIN/temporal"; echo '${TEMPORAL}' >> "$GOBIN/temporal"`;
  const body = `
    echo "$*" >> ${calls}
    /usr/bin/env > ${calls}.env
    case "$1" in
      install) ${install ?? `/bin/mkdir -p "$GOBIN"; ${made}; /bin/chmod +x "$GOBIN/temporal"; echo some/package >&2`} ;;
    esac`;
  await writeScript(join(machine.bin, "go"), body);
  return calls;
}

const installCalls = async (calls: string) =>
  (await readFile(calls, "utf8")).split("\n").filter((line) => line.startsWith("install"));

test("takes the one that CASELINK_TEMPORAL_CLI names, before any other", async () => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "temporal"), TEMPORAL);
  machine.env["CASELINK_TEMPORAL_CLI"] = await writeScript(machine.file("mine"), TEMPORAL);
  expect(await machine.find()).toBe(machine.file("mine"));
});

test.for([
  { what: "is not there", make: async () => {}, reason: "no such file" },
  { what: "is not executable", make: (path: string) => writeFile(path, ""), reason: "not an executable file" },
  { what: "is another program", make: (path: string) => writeScript(path, "echo 42"), reason: 'says "42"' },
  {
    what: "fails",
    make: (path: string) => writeScript(path, "echo broken >&2; exit 3"),
    reason: 'says "broken" (exit status 3)',
  },
])("refuses a CASELINK_TEMPORAL_CLI that $what, though there is another CLI", async ({ make, reason }) => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "temporal"), TEMPORAL);
  machine.env["CASELINK_TEMPORAL_CLI"] = machine.file("mine");
  await make(machine.file("mine"));
  const failure = await machine.find().catch((error: Error) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(String(failure)).toMatch(/CASELINK_TEMPORAL_CLI is ".*mine": /);
  expect(String(failure)).toContain(reason);
});

test("takes temporal from the PATH before the cache", async () => {
  const machine = await makeMachine();
  await writeScript(machine.cached, TEMPORAL);
  const onPath = await writeScript(join(machine.bin, "temporal"), TEMPORAL);
  expect(await machine.find()).toBe(onPath);
});

test("passes by another program called temporal, says so, and takes the cached one without going further", async () => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "temporal"), "echo lobe");
  await writeScript(machine.cached, TEMPORAL);
  expect(await machine.find()).toBe(machine.cached);
  expect(machine.lines).toEqual([expect.stringContaining('says "lobe"')]);
});

test("builds it with Go where the download fails, once for all later calls", async () => {
  const machine = await makeMachine();
  const calls = await installGo(machine);
  expect(await machine.find()).toBe(machine.cached);
  expect(await machine.find()).toBe(machine.cached);
  expect(await installCalls(calls)).toHaveLength(1);
  expect(machine.lines.join("\n")).toMatch(/download[^]*error sending request[^]*4 to 8 minutes[^]*installed as/);
});

test("builds it once when two processes need it at the same time", async () => {
  const machine = await makeMachine();
  const calls = await installGo(machine);
  expect(await Promise.all([machine.find(), machine.find()])).toEqual([machine.cached, machine.cached]);
  expect(await installCalls(calls)).toHaveLength(1);
  expect(machine.lines).toContainEqual(expect.stringContaining("another process is installing it"));
});

test("gives up a download that makes no progress", async () => {
  const machine = await makeMachine();
  await installGo(machine);
  let connections = 0;
  const silent = createServer(() => (connections += 1));
  const port = await findFreePort();
  await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  machine.env["HTTPS_PROXY"] = `http://127.0.0.1:${port}`;

  expect(await machine.find({ downloadLimitMs: 3_000 })).toBe(machine.cached);
  expect(connections).toBeGreaterThan(0);
  expect(machine.lines).toContainEqual(expect.stringContaining("no end and no progress within 3 s"));
});

test("lists every try and what to do where nothing works, and leaves nothing half done", async () => {
  const machine = await makeMachine();
  await installGo(machine, 'echo "cannot reach the module proxy" >&2; exit 1');
  await mkdir(join(dirname(machine.cached), "unfinished-of-a-killed-process"), { recursive: true });
  const failure = await machine.find().catch((error: Error) => error);
  expect(failure).toBeInstanceOf(TemporalCliError);
  for (const part of [
    /temporal on the PATH: not there/,
    /the cache \(.*\): not there yet/,
    /download of the CLI v1\.5\.1: exit status 1: /,
    /go install .*@v1\.5\.1: exit status 1: cannot reach the module proxy/,
    /TEMPORAL_ADDRESS/,
  ]) {
    expect(String(failure)).toMatch(part);
  }
  expect(await readdir(dirname(machine.cached))).toEqual(["lock"]);
});

test("does not take what Go built where it is no Temporal CLI", async () => {
  const machine = await makeMachine();
  await installGo(machine, '/bin/mkdir -p "$GOBIN"; echo junk > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"');
  await expect(machine.find()).rejects.toThrow(/go install .*`temporal --version` says/);
});

test("says that there is no Go where that is so", async () => {
  const machine = await makeMachine();
  await expect(machine.find()).rejects.toThrow("there is no go on the PATH");
});

test("an aborted search ends at once and leaves nothing half done", async () => {
  const machine = await makeMachine();
  const controller = new AbortController();
  await installGo(machine, "exec /bin/sleep 60");
  const search = findTemporalCli({
    env: machine.env,
    cacheFolder: machine.cacheFolder,
    signal: controller.signal,
    log: (line) => line.includes("building it with Go") && controller.abort(),
  });
  await expect(search).rejects.toThrow("aborted");
  expect(await readdir(dirname(machine.cached))).toEqual(["lock"]);
});

test("keeps credentials from the programs it runs", async () => {
  const machine = await makeMachine();
  const calls = await installGo(machine);
  Object.assign(machine.env, { HUAWEICLOUD_SDK_SK: "canary", CASELINK_TOKEN: "canary", GOFLAGS: "-mod=mod" });
  await machine.find();
  const seen = await readFile(`${calls}.env`, "utf8");
  expect(seen).not.toContain("canary");
  expect(seen).toContain("GOFLAGS=-mod=mod");
});
