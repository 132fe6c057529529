import { spawn } from "node:child_process";
import { once } from "node:events";
import { identifyProcess, isRunning, processSpace } from "../src/index.ts";
import { expect, test } from "vitest";

test("a process that ended is not running, nor is a later one with its number", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  const identity = await identifyProcess(child.pid ?? 0);
  if (!identity) throw new Error("the child process is not there");
  expect(await isRunning(identity)).toBe(true);
  // As if the number had been given to another process, which was started at another time.
  const isTold = identity.startMark !== "";
  expect(await isRunning({ ...identity, startMark: isTold ? "earlier" : "" })).toBe(!isTold);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await isRunning(identity)).toBe(false);
});

test("all processes of a machine name it alike", async () => {
  const script = `import("${new URL("../src/index.ts", import.meta.url).href}").then(async (ledger) => console.log(await ledger.processSpace()))`;
  const child = spawn(process.execPath, ["--conditions=@caselink/source", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await once(child, "close");
  expect(said.trim()).toBe(await processSpace());
});
