import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLedger } from "../src/index.ts";

const run = promisify(execFile);
const packageFolder = path.resolve(import.meta.dirname, "..");

let folder: string;
let examples: string[];

beforeAll(async () => {
  const readme = await readFile(path.join(packageFolder, "README.md"), "utf8");
  // In the package's folder, so that its own name resolves.
  folder = await mkdtemp(path.join(packageFolder, ".readme-"));
  examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? "");
  for (const [index, text] of examples.entries()) await writeFile(path.join(folder, `readme-${index + 1}.ts`), text);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the examples of the README compile", async () => {
  expect(examples).toHaveLength(3);
  await writeFile(
    path.join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../../tsconfig.json", include: ["*.ts"] }),
  );
  const compiler = path.resolve(packageFolder, "../../node_modules/typescript/bin/tsc");
  const compiled = await run(process.execPath, [compiler, "-p", folder]).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe("");
});

test("the examples run, one after the other, in one folder", async () => {
  await writeFile(path.join(folder, "tickets.csv"), "case_id,related_id,group_id\nSR1,SR2,g\n,SR3,g\n");
  for (const index of examples.keys()) {
    const args = ["--conditions=@caselink/source", `readme-${index + 1}.ts`];
    const { stderr } = await run(process.execPath, args, { cwd: folder });
    expect(stderr).toBe("");
  }
  expect(await readFile(path.join(folder, "report.csv"), "utf8")).toContain("SR1,SR2,g");
  const batches = await openLedger(path.join(folder, "ledger")).batches();
  expect(new Set(batches.map(({ inputs }) => inputs[0]?.name))).toEqual(new Set(["the ticket queue", "tickets.csv"]));
});
