import { spawn } from "node:child_process";
import { once } from "node:events";
import { identifyProcess, isRunning, processSpace } from "../src/index.ts";
import { expect, test } from "vitest";

test("a process that has ended is not running, nor is it a later process with the same number", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  const identity = await identifyProcess(child.pid ?? 0);
  if (!identity) throw new Error("the child process is not there");
  expect(await isRunning(identity)).toBe(true);
  // As if another process, with another start time, had the number.
  const hasStartMark = identity.startMark !== "";
  expect(await isRunning({ ...identity, startMark: hasStartMark ? "earlier" : "" })).toBe(!hasStartMark);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await isRunning(identity)).toBe(false);
});

test("all processes of a machine get the same name for its process space", async () => {
  const script = `import("${new URL("../src/index.ts", import.meta.url).href}").then(async (common) => console.log(await common.processSpace()))`;
  const child = spawn(process.execPath, ["--conditions=@caselink/source", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child, "close");
  expect(output.trim()).toBe(await processSpace());
});
