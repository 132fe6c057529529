// The package as users get it: packed, installed into an empty folder, and used in every supported runtime.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startSimulator, type Simulator } from "@caselink/simulator";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { findChromium, NO_CHROMIUM } from "../../../test/find-chromium.ts";
import { installRuntime, npm, type Installed, type Runtime } from "./support/runtimes.ts";

const run = promisify(execFile);
const packageFolder = path.resolve(import.meta.dirname, "..");
const INSTALL_MS = 240_000;

let folder: string;
let simulator: Simulator;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "caselink-package-"));
  simulator = await startSimulator();
  await run("npx", ["-y", "pnpm@12", "pack", "--pack-destination", folder], { cwd: packageFolder, env: quiet() });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  const undici = path.join(packageFolder, "node_modules/undici/package.json");
  const { version } = JSON.parse(await readFile(undici, "utf8")) as { version: string };
  await npm(folder, ["install", path.join(folder, tarball), `undici@${version}`]);
  await cp(path.join(import.meta.dirname, "runtimes"), folder, { recursive: true });
}, INSTALL_MS);

afterAll(async () => {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

/** Without the test runner's own conditions, which would resolve to the sources. */
function quiet(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

async function output(program: string, args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { cwd: folder, env: quiet() });
  return stdout.trim();
}

async function needed(context: TestContext, runtime: Runtime): Promise<Installed> {
  const installed = await installRuntime(runtime);
  if (typeof installed !== "string") return installed;
  console.log(`skipped: ${installed}`);
  return context.skip(installed);
}

test("the tarball contains the code, its types and its source maps, and nothing else", async () => {
  const files = await readdir(path.join(folder, "node_modules/@caselink/sdk"), { recursive: true });
  expect(files.filter((name) => !/^dist(\/[\w-]+(\.d\.ts|\.js|\.js\.map))?$/.test(name)).sort()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "package.json",
  ]);
});

test("every source map that a packed file names is packed, with the sources in it", async () => {
  const dist = path.join(folder, "node_modules/@caselink/sdk/dist");
  let maps = 0;
  for (const name of (await readdir(dist)).filter((file) => /\.(?:js|d\.ts)$/.test(file))) {
    const named = /^\/\/# sourceMappingURL=(.+)$/m.exec(await readFile(path.join(dist, name), "utf8"))?.[1];
    if (named === undefined) continue;
    const map = JSON.parse(await readFile(path.join(dist, named), "utf8")) as {
      sources: string[];
      sourcesContent?: (string | null)[];
    };
    maps += 1;
    expect([name, map.sourcesContent?.filter((source) => source !== null).length]).toEqual([name, map.sources.length]);
  }
  expect(maps).toBeGreaterThan(3);
});

test("the package works with import, over the global fetch and over the Node transport", async () => {
  expect(await output(process.execPath, ["command-line.mjs", simulator.url])).toBe("all went well");
  expect(await output(process.execPath, ["command-line.mjs", simulator.url, "node-transport"])).toBe("all went well");
});

test("the package works with require", async () => {
  expect(await output(process.execPath, ["required.cjs", simulator.url])).toBe("0 limit");
});

test.for(["the lowest Node", "the newest Node"] as const)(
  "the package works under %s",
  { timeout: INSTALL_MS },
  async (runtime, context) => {
    const { program } = await needed(context, runtime);
    expect(await output(program, ["command-line.mjs", simulator.url, "node-transport"])).toBe("all went well");
    expect(await output(program, ["required.cjs", simulator.url])).toBe("0 limit");
  },
);

test("the package works under Bun", { timeout: INSTALL_MS }, async (context) => {
  const { program } = await needed(context, "Bun");
  expect(await output(program, ["command-line.mjs", simulator.url])).toBe("all went well");
});

test("the package works under Deno", { timeout: INSTALL_MS }, async (context) => {
  const { program } = await needed(context, "Deno");
  const args = ["run", "--allow-net", "--allow-env", "--allow-read", "--node-modules-dir=manual", "command-line.mjs"];
  expect(await output(program, [...args, simulator.url])).toBe("all went well");
});

async function bundle(entry: string, outfile: string): Promise<string> {
  await build({
    entryPoints: [path.join(folder, entry)],
    outfile: path.join(folder, outfile),
    bundle: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  return path.join(folder, outfile);
}

test("the package works under workerd", { timeout: INSTALL_MS }, async (context) => {
  const { program } = await needed(context, "workerd");
  await bundle("worker.mjs", "worker.bundle.mjs");
  const child = spawn(program, ["serve", "worker.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const control = child.stdio[3];
    if (control === null || control === undefined) throw new Error("no control pipe");
    const [chunk] = (await once(control, "data")) as [Buffer];
    const { port } = JSON.parse(chunk.toString().split("\n", 1)[0] ?? "") as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/?endpoint=${encodeURIComponent(simulator.url)}`);
    expect(await answer.text()).toBe("all went well");
  } finally {
    child.kill();
    await once(child, "exit");
  }
});

test("the package works in a Chromium", { timeout: INSTALL_MS }, async (context) => {
  const options = await findChromium();
  if (options === undefined) {
    console.log(`skipped: ${NO_CHROMIUM}`);
    context.skip(NO_CHROMIUM);
    return;
  }
  const { folder: installed } = await needed(context, "playwright-core");
  const file = await bundle("smoke.mjs", "smoke.bundle.mjs");
  const { chromium } = createRequire(path.join(installed, "package.json"))("playwright-core") as {
    chromium: {
      launch(options: object): Promise<{
        newPage(): Promise<{
          goto(url: string): Promise<unknown>;
          addScriptTag(tag: object): Promise<unknown>;
          evaluate<Value>(script: string): Promise<Value>;
        }>;
        close(): Promise<void>;
      }>;
    };
  };
  // Neither the API nor the simulator sends CORS headers.
  const browser = await chromium.launch({ ...options, args: [...options.args, "--disable-web-security"] });
  try {
    const page = await browser.newPage();
    await page.goto(`${simulator.url}/__simulator/state`);
    await page.addScriptTag({
      type: "module",
      content: `${await readFile(file, "utf8")}\nglobalThis.check = check;`,
    });
    const url = JSON.stringify(simulator.url);
    const script = `(async () => { while (!globalThis.check) await new Promise(requestAnimationFrame); return globalThis.check(${url}); })()`;
    expect(await page.evaluate<string>(script)).toBe("all went well");
  } finally {
    await browser.close();
  }
});
