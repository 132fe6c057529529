import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { openProcessHarness } from "@caselink/test-support/cli";

/** Writes the modules that a process has loaded to a file when it exits. */
const WATCH = `
import { registerHooks } from "node:module";
import { writeFileSync } from "node:fs";
const urls = [];
registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
process.on("exit", () => writeFileSync(process.env.LOADED, urls.join("\\n")));
`;

test("commands that need no Temporal load none of its modules", async () => {
  await using stage = await openProcessHarness();
  await stage.write("watch.mjs", WATCH);
  await stage.write("one.csv", csv("T1,R1,g"));
  const loaded = join(stage.folder, "loaded.txt");
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(join(stage.folder, "watch.mjs")).href}`, LOADED: loaded };
  for (const args of [["--version"], ["--help"], ["run", "--help"], ["plan", "one.csv"], ["list"]]) {
    const { status, stdout } = await stage.run(args, { env });
    expect([args, status]).toEqual([args, 0]);
    expect(stdout).not.toBe("");
    const modules = (await readFile(loaded, "utf8")).split("\n");
    expect(modules.some((url) => url.includes("commander"))).toBe(true);
    expect(modules.filter((url) => /@temporalio|apps\/worker|packages\/(workflows|sdk)/.test(url))).toEqual([]);
  }
});
