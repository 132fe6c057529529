import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { startSimulator } from "@caselink/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const packageFolder = path.resolve(import.meta.dirname, "..");
const examplesFolder = path.resolve(packageFolder, "../../examples/sdk");

/** The simulator's values for the placeholders of the README. */
const STAND_INS: Record<string, string> = {
  "the user token": "demo-token",
  "an IAM user": "demo",
  "its password": "demo-password",
  "its domain": "demo",
  "access key": "DEMOACCESSKEY",
  "secret key": "demo-secret-key",
};

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

test("the examples of the README and of examples/sdk run against the simulator", async () => {
  await using simulator = await startSimulator({ tickets: { "case-123": ["1", "2", "3"] } });
  const env = { ...process.env, CASELINK_TOKEN: "demo-token", CASELINK_ENDPOINT: simulator.url, HTTP_PROXY: "" };
  for (const [name, text] of examples) {
    let adapted = text.replaceAll(/"https:\/\/[\w.-]+"/g, JSON.stringify(simulator.url));
    for (const [words, known] of Object.entries(STAND_INS))
      adapted = adapted.replaceAll(JSON.stringify(words), JSON.stringify(known));
    const file = path.join(folder, `run-${name}`);
    await writeFile(file, adapted);
    const { stderr } = await run(process.execPath, ["--conditions=@caselink/source", file], { env, timeout: 20_000 });
    expect({ name, stderr }).toEqual({ name, stderr: "" });
  }
  expect(simulator.counts().requests).toBeGreaterThan(examples.size - 2);
});
