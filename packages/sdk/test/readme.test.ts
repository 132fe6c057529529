import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { startSimulator } from "@caselink/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as errors from "../src/errors.ts";
import * as sdk from "../src/index.ts";
import * as node from "../src/node.ts";
import * as opentelemetry from "../src/opentelemetry.ts";
import { adaptExample } from "../../../test/packages/readme-examples.ts";

const run = promisify(execFile);
const packageFolder = path.resolve(import.meta.dirname, "..");
const examplesFolder = path.resolve(packageFolder, "../../examples/sdk");

let folder: string;
const examples = new Map<string, string>();

beforeAll(async () => {
  const readme = await readFile(path.join(packageFolder, "README.md"), "utf8");
  for (const [index, match] of [...readme.matchAll(/^```ts\n(.*?)^```/gms)].entries())
    examples.set(`readme-${index + 1}.ts`, match[1] ?? "");
  for (const name of (await readdir(examplesFolder)).filter((file) => file.endsWith(".ts")))
    examples.set(name, await readFile(path.join(examplesFolder, name), "utf8"));
  // In the package, so that the package's own name resolves.
  folder = await mkdtemp(path.join(packageFolder, ".readme-"));
  for (const [name, text] of examples) await writeFile(path.join(folder, name), text);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the examples of the README and of examples/sdk compile", async () => {
  expect(examples.size).toBeGreaterThanOrEqual(10);
  const configuration = {
    extends: "../../../tsconfig.json",
    compilerOptions: { noUnusedLocals: false },
    include: ["*.ts"],
  };
  await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(configuration));
  expect(await compile(folder)).toBe("");
});

/** The messages of the compiler. */
function compile(project: string): Promise<string> {
  const compiler = path.resolve(packageFolder, "../../node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", project], (error, stdout, stderr) =>
      resolve(error === null ? "" : `${stdout}${stderr}`),
    );
  });
}

test("the first example of the README is also JavaScript, of at most 35 lines", () => {
  const script = examples.get("readme-1.ts") ?? "";
  expect(script.trimEnd().split("\n").length).toBeLessThanOrEqual(35);
  expect(stripTypeScriptTypes(script)).toBe(script);
});

test("every link of the README works where npm shows it: it is absolute, or names a heading", async () => {
  const readme = await readFile(path.join(packageFolder, "README.md"), "utf8");
  const prose = readme.replaceAll(/^```.*?^```/gms, "");
  const anchors = [...prose.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = ""]) =>
      `#${heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-")}`,
  );
  const links = [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target);
  expect(links.length).toBeGreaterThan(3);
  expect(links.filter((link) => !link.startsWith("https://") && !anchors.includes(link))).toEqual([]);
});

test("the README names every function and entry of the package", async () => {
  const readme = await readFile(path.join(packageFolder, "README.md"), "utf8");
  const functions = Object.entries({ ...sdk, ...node, ...opentelemetry, ...errors })
    .filter(([name]) => /^[a-z]/.test(name))
    .map(([name]) => name);
  const { exports } = JSON.parse(await readFile(path.join(packageFolder, "package.json"), "utf8")) as {
    exports: Record<string, unknown>;
  };
  const entries = Object.keys(exports)
    .filter((name) => name !== "./package.json")
    .map((name) => name.replace(/^\./, "@caselink/sdk"));
  expect([...functions, ...entries].filter((name) => !readme.includes(name))).toEqual([]);
});

test("the examples of the README and of examples/sdk run against the simulator", async () => {
  await using simulator = await startSimulator({ tickets: { "case-123": ["1", "2", "3"] } });
  const env = { ...process.env, CASELINK_TOKEN: "demo-token", CASELINK_ENDPOINT: simulator.url, HTTP_PROXY: "" };
  for (const [name, text] of examples) {
    const adapted = adaptExample(text, { endpoint: simulator.url, temporal: "127.0.0.1:1" });
    const file = path.join(folder, `run-${name}`);
    await writeFile(file, adapted);
    const { stderr } = await run(process.execPath, ["--conditions=@caselink/source", file], { env });
    expect({ name, stderr }).toEqual({ name, stderr: "" });
  }
  expect(simulator.counts().requests).toBeGreaterThan(examples.size - 2);
});
