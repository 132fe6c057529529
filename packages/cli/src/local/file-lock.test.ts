import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withFileLock } from "./file-lock.ts";

async function makeLockFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "caselink-lock-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "deeper", "lock");
}

/** A process that holds the lock until it is killed. */
async function holdInOtherProcess(file: string) {
  const script = `
    const { withFileLock } = await import(${JSON.stringify(new URL("./file-lock.ts", import.meta.url).href)});
    await withFileLock(${JSON.stringify(file)}, async () => {
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  return holder;
}

test("a file lock runs one action at a time", async () => {
  const file = await makeLockFile();
  let running = 0;
  let mostRunning = 0;
  const action = async () => {
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withFileLock(file, action)));
  expect(mostRunning).toBe(1);
});

test("a file lock passes on the result or error of the action, and is free afterwards", async () => {
  const file = await makeLockFile();
  await expect(withFileLock(file, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  await expect(withFileLock(file, () => Promise.resolve("done"))).resolves.toBe("done");
});

test("a file lock held by another process is free as soon as that process is killed", async () => {
  const file = await makeLockFile();
  const holder = await holdInOtherProcess(file);
  const order: string[] = [];
  await withFileLock(file, async () => void order.push("got it"), {
    onWait: () => {
      order.push("waiting");
      holder.kill("SIGKILL");
    },
  });
  expect(order).toEqual(["waiting", "got it"]);
});

test("the wait for a file lock ends when the signal is aborted", async () => {
  const file = await makeLockFile();
  const controller = new AbortController();
  const holder = withFileLock(file, async () => {
    const waiting = withFileLock(file, () => Promise.resolve(), {
      signal: controller.signal,
      onWait: () => controller.abort(),
    });
    await expect(waiting).rejects.toThrow("aborted");
  });
  await holder;
});
