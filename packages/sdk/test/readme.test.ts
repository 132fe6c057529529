import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";

const packageFolder = path.resolve(import.meta.dirname, "..");

test("the README's examples compile", async () => {
  const readme = await readFile(path.join(packageFolder, "README.md"), "utf8");
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? "");
  expect(examples.length).toBeGreaterThan(3);
  // Inside the package, so that its own name resolves.
  const folder = await mkdtemp(path.join(packageFolder, ".readme-"));
  try {
    await Promise.all(examples.map((example, index) => writeFile(path.join(folder, `example-${index}.ts`), example)));
    const configuration = {
      extends: "../../../tsconfig.json",
      compilerOptions: { noUnusedLocals: false },
      include: ["*.ts"],
    };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(configuration));
    expect(await compile(folder)).toBe("");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** What the compiler complains of. */
function compile(folder: string): Promise<string> {
  const compiler = path.resolve(packageFolder, "../../node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", folder], (error, stdout, stderr) =>
      resolve(error === null ? "" : `${stdout}${stderr}`),
    );
  });
}
