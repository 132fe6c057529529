import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../scripts/run-tool.ts";
import { installExample } from "./guides/install-example.ts";

interface Manifest {
  name: string;
  version?: string;
  dependencies: Record<string, string>;
}

const manifestOf = async (path: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(root, path), "utf8")) as Manifest;

test.for(["embed", "submit"])("examples/%s compiles against the built packages", async (name) => {
  const folder = await mkdtemp(join(tmpdir(), "caselink-example-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await installExample(name, folder);
  const configuration = {
    extends: join(root, "tsconfig.json"),
    // The entries that npm users get, not the sources.
    compilerOptions: { customConditions: [], typeRoots: [join(root, "node_modules/@types")] },
    include: ["*.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  expect(await compile(folder)).toBe("");
});

/** The messages of the compiler. */
function compile(project: string): Promise<string> {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", project], (error, stdout, stderr) =>
      resolve(error === null ? "" : `${stdout}${stderr}`),
    );
  });
}

test.for(["embed", "submit"])("examples/%s declares every package that it imports", async (name) => {
  const { dependencies } = await manifestOf(`examples/${name}/package.json`);
  const files = name === "embed" ? ["worker.ts", "workflows.ts", "activities.ts", "start.ts"] : ["submit.ts"];
  const imported = new Set<string>();
  for (const file of files) {
    const text = await readFile(join(root, "examples", name, file), "utf8");
    for (const [, from = ""] of text.matchAll(/from "(@[\w-]+\/[\w-]+)/g)) imported.add(from);
  }
  expect([...imported].filter((from) => dependencies[from] === undefined)).toEqual([]);
});
