import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { identifyProcess, isRunning } from "@caselink/common";
import { setClockForward } from "@caselink/test-support";
import { expect, onTestFinished, test } from "vitest";
import { stopProcess } from "./stop-process.ts";

async function spawnProgram(program: string) {
  const child = spawn(process.execPath, ["-e", `${program}; setInterval(() => {}, 1000); console.log("ready")`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const identity = await identifyProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error("the child process is not there");
  return { child, identity };
}

test("a process is running until it ends", async () => {
  const { child, identity } = await spawnProgram("");
  expect(await isRunning(identity)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await isRunning(identity)).toBe(false);
});

test.runIf(process.platform !== "win32")("another process with the same number counts as another process", async () => {
  const { identity } = await spawnProgram("");
  expect(await isRunning(identity)).toBe(true);
  expect(await isRunning({ ...identity, startMark: "earlier" })).toBe(false);
});

test.runIf(process.platform === "linux")("a zombie is not running", async () => {
  // The shell replaces itself by a program that does not reap the first child. The child ends after that: a shell would reap it.
  const script = "read _ <&3 & echo $!; exec sleep 60";
  const shell = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit", "pipe"] });
  onTestFinished(() => void shell.kill("SIGKILL"));
  const zombie = Number(await once(shell.stdout as Readable, "data"));
  await expect.poll(() => readFile(`/proc/${shell.pid}/comm`, "utf8")).toBe("sleep\n");
  expect(await identifyProcess(zombie)).toBeDefined();
  shell.stdio[3]?.destroy();
  await expect.poll(() => identifyProcess(zombie)).toBeUndefined();
  expect(() => process.kill(zombie, 0)).not.toThrow();
});

test("stopProcess waits for a process that ends slowly", async () => {
  const { child, identity } = await spawnProgram(`process.on("SIGTERM", () => setTimeout(() => process.exit(7), 200))`);
  const exit = once(child, "exit");
  await stopProcess(identity, 600_000);
  expect(await exit).toEqual([7, null]);
});

test("stopProcess gives a process its time if the clock is set forward meanwhile", async () => {
  const { child, identity } = await spawnProgram(`process.on("SIGTERM", () => setTimeout(() => process.exit(7), 200))`);
  const exit = once(child, "exit");
  setClockForward();
  await stopProcess(identity, 600_000);
  expect(await exit).toEqual([7, null]);
});

test("stopProcess kills a process that does not end in time", async () => {
  const { child, identity } = await spawnProgram(`process.on("SIGTERM", () => {})`);
  const exit = once(child, "exit");
  await stopProcess(identity, 100);
  expect(await exit).toEqual([null, "SIGKILL"]);
});
