import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { TOPIC_NAMES } from "../../packages/cli/src/help/topic-names.ts";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";

/** Writes the modules that a process has loaded to a file when it exits. */
const WATCH = `
import { registerHooks } from "node:module";
import { writeFileSync } from "node:fs";
const urls = [];
registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
process.on("exit", () => writeFileSync(process.env.LOADED, urls.join("\\n")));
`;

async function modulesLoadedBy(stage: CliHarness, args: string[]): Promise<string[]> {
  const watch = join(stage.folder, await stage.write("watch.mjs", WATCH));
  const loaded = join(stage.folder, "loaded.txt");
  const { status, stdout } = await stage.run(args, {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(watch).href}`, LOADED: loaded },
  });
  expect([args, status]).toEqual([args, 0]);
  expect(stdout).not.toBe("");
  const modules = (await readFile(loaded, "utf8")).split("\n");
  expect(modules.some((url) => url.includes("commander"))).toBe(true);
  return modules;
}

test("commands that need no Temporal load none of its modules", async () => {
  await using stage = await openProcessHarness();
  await stage.write("one.csv", csv("T1,R1,g"));
  for (const args of [["--version"], ["--help"], ["run", "--help"], ["plan", "one.csv"], ["list"]]) {
    const modules = await modulesLoadedBy(stage, args);
    expect(modules.filter((url) => /@temporalio|apps\/worker|packages\/(workflows|sdk)/.test(url))).toEqual([]);
  }
});

test("help, version and completion load neither Temporal nor the database, the client of the API or that of object storage", async () => {
  await using stage = await openProcessHarness();
  for (const args of [
    ["--version"],
    ["--help"],
    ["help"],
    ["help", "run"],
    ...TOPIC_NAMES.map((topic) => ["help", topic]),
    ["completion", "zsh"],
    ["complete", "zsh", "--", "report", "--out"],
    ["complete", "zsh", "--", "report", "--outcome", ""],
    ["complete", "zsh", "--", "attach", ""],
  ]) {
    const modules = await modulesLoadedBy(stage, args);
    expect([
      args,
      modules.filter((url) => /temporalio|duckdb|undici|aws-sdk|workflows|apps\/worker/.test(url)),
    ]).toEqual([args, []]);
  }
});

test("a check without a terminal does not load what refreshes lines on a terminal", async () => {
  await using stage = await openProcessHarness();
  await stage.write("one.csv", csv("T1,R1,g"));
  const modules = await modulesLoadedBy(stage, ["plan", "one.csv", "--check"]);
  expect(modules.some((url) => url.includes("line-progress"))).toBe(true);
  expect(modules.filter((url) => /log-update|string-width/.test(url))).toEqual([]);
});
