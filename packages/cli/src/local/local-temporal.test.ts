import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { identifyProcess, isRunning, processSpace } from "@caselink/common";
import { setClockForward } from "@caselink/test-support";
import { Client, Connection } from "@temporalio/client";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { findFreePort } from "./free-port.ts";
import { hasLocalTemporal } from "./local-users.ts";
import { type LocalTemporal, openLocalTemporal } from "./local-temporal.ts";
import { localTemporalFiles, readState } from "./local-temporal-state.ts";
import { LOCAL_CHANNEL_ARGUMENTS } from "./temporal-health.ts";

const cli = inject("temporalCli");

/** A state folder that is deleted after the test; a server that still runs on it is killed. */
async function makeHome() {
  const home = await mkdtemp(join(tmpdir(), "caselink-home-"));
  onTestFinished(async () => {
    const state = await readState(localTemporalFiles(home).state);
    if (state !== undefined && (await isRunning(state))) process.kill(state.pid, "SIGKILL");
    await rm(home, { recursive: true, force: true });
  });
  const lines: string[] = [];
  return {
    home,
    lines,
    open: (extra: Partial<Parameters<typeof openLocalTemporal>[0]> = {}) =>
      openLocalTemporal({ home, cli, log: (line) => lines.push(line), ...extra }),
  };
}

/** Another process that uses the local Temporal until its input ends or it is killed. */
async function openInOtherProcess(home: string, { waitForEnd } = { waitForEnd: true }) {
  const script = `
    const { openLocalTemporal } = await import(${JSON.stringify(new URL("./local-temporal.ts", import.meta.url).href)});
    const [home, cli] = process.argv.slice(1);
    const local = await openLocalTemporal({ home, cli, log() {} });
    console.log(local.pid + " " + local.address);
    process.stdin.resume().on("end", async () => {
      await local.close({ waitForEnd: ${waitForEnd} });
      process.exit();
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, home, cli], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exit = once(child, "exit");
  const [pid, address] = await readWords(child.stdout);
  return {
    pid: Number(pid),
    address,
    async end() {
      child.stdin.end();
      expect(await exit).toEqual([0, null]);
    },
    async kill() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

async function readWords(stream: Readable): Promise<string[]> {
  for await (const text of stream) return String(text).trim().split(" ");
  return [];
}

async function withClient<T>({ address }: { address: string }, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address, channelArgs: LOCAL_CHANNEL_ARGUMENTS });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const startWorkflow = (local: LocalTemporal) =>
  withClient(local, (client) => client.workflow.start("neverRun", { taskQueue: "unserved", workflowId: "stored" }));

const describeWorkflow = (local: LocalTemporal) =>
  withClient(local, async (client) => (await client.workflow.getHandle("stored").describe()).status.name);

const hasExited = async (pid: number) => (await identifyProcess(pid)) === undefined;

test("a workflow and the server's address survive a stop and a start of the server", async () => {
  const { open } = await makeHome();
  const first = await open();
  await startWorkflow(first);
  await first.close();
  expect(await hasExited(first.pid)).toBe(true);

  await using second = await open();
  expect(await describeWorkflow(second)).toBe("RUNNING");
  expect([second.address, second.ui]).toEqual([first.address, first.ui]);
});

test("a server is started, stopped and joined while the clock is set an hour forward", async () => {
  const { open } = await makeHome();
  setClockForward();
  const starter = await open();
  await withClient(starter, async () => undefined);
  setClockForward();
  const joiner = await open();
  expect(joiner.pid).toBe(starter.pid);
  setClockForward();
  await starter.close();
  await joiner.close();
  setClockForward();
  const next = await open();
  expect(next.address).toBe(starter.address);
  await next.close();
});

test("hasLocalTemporal finds a running server and starts none", async () => {
  const { home, open } = await makeHome();
  expect(await hasLocalTemporal(home)).toBe(false);
  const local = await open();
  expect(await hasLocalTemporal(home)).toBe(true);
  await local.close({ waitForEnd: false });
  expect(await hasLocalTemporal(home)).toBe(false);
});

test("the web UI listens on the preferred port", async () => {
  const { open } = await makeHome();
  const uiPort = await findFreePort();
  const local = await open({ uiPort });
  expect(local.ui).toBe(`http://127.0.0.1:${uiPort}`);
  expect((await fetch(local.ui)).status).toBe(200);
});

test("processes that start at the same time share one server, and the last one to close stops it", async () => {
  const { home, open } = await makeHome();
  const others = await Promise.all([openInOtherProcess(home), openInOtherProcess(home)]);
  const own = await open();
  expect(others.map(({ pid }) => pid)).toEqual([own.pid, own.pid]);

  await own.close();
  await others[0]?.end();
  expect(await hasExited(own.pid)).toBe(false);
  await others[1]?.end();
  expect(await hasExited(own.pid)).toBe(true);
});

test("two uses of the local Temporal in one process count as two", async () => {
  const { open } = await makeHome();
  const [first, second] = [await open(), await open()];
  await first.close();
  await first.close();
  expect(await hasExited(second.pid)).toBe(false);
  await second.close();
  expect(await hasExited(second.pid)).toBe(true);
});

test("the server of a killed process is adopted, and the last user stops it", async () => {
  const { home, open } = await makeHome();
  const other = await openInOtherProcess(home);
  await other.kill();
  expect(await hasExited(other.pid)).toBe(false);

  const own = await open();
  expect(own.pid).toBe(other.pid);
  await own.close();
  expect(await hasExited(own.pid)).toBe(true);
  expect(await readdir(localTemporalFiles(home).users)).toEqual([]);
});

test("a server that dies is reported to the process that started it, and restarts with its state and address", async () => {
  const { open } = await makeHome();
  const local = await open();
  await startWorkflow(local);
  const { address, pid } = local;
  process.kill(pid, "SIGKILL");
  expect(await local.died).toBe("ended by SIGKILL");

  await local.restart();
  expect(local.address).toBe(address);
  expect(local.pid).not.toBe(pid);
  expect(await describeWorkflow(local)).toBe("RUNNING");
});

test("a server that dies is reported to a process that joined it, which then uses the restarted server", async () => {
  const { open } = await makeHome();
  const starter = await open();
  const joiner = await open();
  process.kill(starter.pid, "SIGKILL");
  expect(await joiner.died).toBe("it is gone");
  await Promise.all([starter.restart(), joiner.restart()]);
  expect(joiner.pid).toBe(starter.pid);
  expect(joiner.address).toBe(starter.address);
});

test("closing the local Temporal is not reported as a death", async () => {
  const { open } = await makeHome();
  const local = await open();
  const { died } = local;
  await local.close();
  expect(await Promise.race([died, Promise.resolve("alive")])).toBe("alive");
  await expect(local.restart()).rejects.toThrow("closed");
});

test("a server takes another port, with the same state, if its last port is in use", async () => {
  const { open } = await makeHome();
  const first = await open();
  await startWorkflow(first);
  await first.close();
  const squatter = createServer().listen(Number(first.address.split(":")[1]), "127.0.0.1");
  await once(squatter, "listening");
  onTestFinished(() => void squatter.close());

  const second = await open();
  expect(second.address).not.toBe(first.address);
  expect(await describeWorkflow(second)).toBe("RUNNING");
});

test("after a close without waiting, the next use waits for the end of the server", async () => {
  const { lines, open } = await makeHome();
  const first = await open();
  await startWorkflow(first);
  // It does not end before the next use has seen it.
  process.kill(first.pid, "SIGSTOP");
  await first.close({ waitForEnd: false });

  const opened = open();
  await expect.poll(() => lines).toContainEqual(expect.stringContaining("is stopping"));
  process.kill(first.pid, "SIGCONT");
  const second = await opened;
  expect(await hasExited(first.pid)).toBe(true);
  expect(await describeWorkflow(second)).toBe("RUNNING");
});

test("a process that closes without waiting and ends immediately has stopped the server", async () => {
  const { home } = await makeHome();
  const other = await openInOtherProcess(home, { waitForEnd: false });
  await other.end();
  await expect.poll(() => hasExited(other.pid)).toBe(true);
});

test("a server that hangs is replaced, with the same state and address", async () => {
  const { open } = await makeHome();
  const hung = await open();
  await startWorkflow(hung);
  process.kill(hung.pid, "SIGSTOP");

  const next = await open({ healthLimitMs: 300, stopGraceMs: 300 });
  await expect.poll(() => hasExited(hung.pid)).toBe(true);
  expect(next.address).toBe(hung.address);
  expect(await describeWorkflow(next)).toBe("RUNNING");
});

test("a server starts although its first start was killed before the database was complete", async () => {
  const { home, lines, open } = await makeHome();
  const { db, dbIncomplete } = localTemporalFiles(home);
  await writeFile(dbIncomplete, "");
  await writeFile(db, "");
  const first = await open();
  await startWorkflow(first);
  expect(lines).toContainEqual(expect.stringContaining("not finished"));
  await first.close();
  expect(await describeWorkflow(await open())).toBe("RUNNING");
});

test("a server whose starter was killed during the start is adopted", async () => {
  const { home, open } = await makeHome();
  const other = await openInOtherProcess(home);
  await other.kill();
  const { state } = localTemporalFiles(home);
  await writeFile(state, JSON.stringify({ ...(await readState(state)), phase: "starting" }));

  const local = await open();
  expect(local.pid).toBe(other.pid);
  expect(await readState(state)).toMatchObject({ phase: "ready" });
});

test("a server whose state file does not name its machine is adopted", async () => {
  const { home, open } = await makeHome();
  const other = await openInOtherProcess(home);
  await other.kill();
  const { state } = localTemporalFiles(home);
  const { space: _, ...rest } = (await readState(state)) ?? {};
  await writeFile(state, JSON.stringify(rest));
  await using own = await open();
  expect(own.pid).toBe(other.pid);
});

test("an empty state file loses no workflow", async () => {
  const { home, open } = await makeHome();
  const first = await open();
  await startWorkflow(first);
  await first.close();
  await writeFile(localTemporalFiles(home).state, "");
  expect(await describeWorkflow(await open())).toBe("RUNNING");
});

test("a server that cannot start is reported with its output, and leaves no user behind", async () => {
  const { home, open } = await makeHome();
  const broken = join(home, "broken");
  await writeFile(broken, "#!/bin/sh\necho 'Error: the disk is full' >&2\nexit 1\n");
  await chmod(broken, 0o755);
  await expect(open({ cli: broken })).rejects.toThrow(/exit status 1[^]*the disk is full[^]*temporal\.log/);
  expect(await readdir(localTemporalFiles(home).users)).toEqual([]);
});

test("a worker for the same API with another ledger is rejected until the first worker has ended", async () => {
  const { open } = await makeHome();
  const endpoint = "https://osm.example.com";
  const first = await open({ scope: { endpoint, ledger: "/one" } });
  const others = [await open(), await open({ scope: { endpoint: `${endpoint}/test`, ledger: "/two" } })];
  await expect(open({ scope: { endpoint, ledger: "/two" } })).rejects.toThrow(
    /ledger \/one, but this command uses \/two[^]*CASELINK_LEDGER[^]*CASELINK_HOME/,
  );
  await first.close();
  await using second = await open({ scope: { endpoint, ledger: "/two" } });
  expect(second.pid).toBe(first.pid);
  for (const other of others) await other.close();
});

test.skipIf(process.platform === "win32")(
  "a second server is not started while another container runs one on the same state folder",
  async () => {
    const { home, lines, open } = await makeHome();
    const other = await openInOtherProcess(home);
    await other.kill(); // its server survives and holds the lock
    const { state, users } = localTemporalFiles(home);
    const there = await readState(state);
    await writeFile(state, JSON.stringify({ ...there, space: "their-host/boot/1" }));
    await expect(open()).rejects.toThrow(/in use on their-host: another machine or container[^]*CASELINK_HOME/);
    expect([await hasExited(other.pid), (await readdir(users)).length, lines]).toEqual([false, 1, []]);

    process.kill(other.pid, "SIGKILL");
    await expect.poll(() => hasExited(other.pid)).toBe(true);
    await using own = await open();
    expect(await readState(state)).toMatchObject({ pid: own.pid, space: await processSpace() });
  },
);

test("the local Temporal works with a proxy in the environment", async () => {
  vi.stubEnv("http_proxy", `http://127.0.0.1:${await findFreePort()}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { open } = await makeHome();
  const local = await open();
  await startWorkflow(local);
  expect(await describeWorkflow(local)).toBe("RUNNING");
});

test.runIf(process.platform === "linux")("the environment of the server contains no credentials", async () => {
  const { open } = await makeHome();
  const local = await open({ env: { ...process.env, HUAWEICLOUD_SDK_SK: "canary", CASELINK_TOKEN: "canary" } });
  expect(await readFile(`/proc/${local.pid}/environ`, "utf8")).not.toContain("canary");
});
