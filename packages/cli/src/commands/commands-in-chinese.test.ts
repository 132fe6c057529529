import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { useLanguage } from "../language/words.ts";
import { runCommandLine } from "../program.ts";

const ENDPOINT = "http://127.0.0.1:9";

async function openFolder() {
  const cwd = await mkdtemp(join(tmpdir(), "caselink-chinese-"));
  onTestFinished(async () => {
    await useLanguage({ CASELINK_LANG: "en" });
    await rm(cwd, { recursive: true, force: true });
  });
  await writeFile(join(cwd, "in.csv"), "case_id,related_id,group_id\nT1,R1,g\nT1,T1,g\n");
  return async (language: "en" | "zh", ...args: string[]) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const env = { CASELINK_HOME: "home", CASELINK_ENDPOINT: ENDPOINT, CASELINK_LANG: language };
    const streams = { stdin: Readable.from([]), stdout, stderr };
    await runCommandLine(args, { env, cwd, ...streams, mainFile: "", notifyStarted: () => undefined });
    return { stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
  };
}

test("an error of a command is in the language of the user", async () => {
  const run = await openFolder();
  expect((await run("zh", "plan", "on.csv")).stderr).toBe("caselink: 没有这个文件：on.csv。您要找的是 in.csv 吗？\n");
  expect((await run("zh", "status", "b1")).stderr).toContain("没有批次 b1：其中还没有任何批次");
});

test("the columns of the list of batches stand below their Chinese heads", async () => {
  const run = await openFolder();
  await run("zh", "plan", "in.csv", "--save", "--batch", "b1");
  const [head, row] = (await run("zh", "list")).stdout.split("\n");
  expect(head).toBe("批次  状态    行数  未完成  规划时间 (UTC)    输入");
  expect(row).toMatch(/^b1 {4}已规划 {5}2 {10}\d{4}-\d\d-\d\d \d\d:\d\d {2}in\.csv$/);
});

test("the events of a command are the same in every language", async () => {
  const run = await openFolder();
  const eventsIn = async (language: "en" | "zh"): Promise<string> => {
    const commands = [["plan", "on.csv"], ["plan", "in.csv"], ["list"], ["status", "b1"], ["forget", "b1"]];
    let events = "";
    for (const command of commands) events += (await run(language, ...command, "--json")).stdout;
    return events;
  };
  await run("en", "plan", "in.csv", "--save", "--batch", "b1");
  const english = await eventsIn("en");
  expect(english).toContain('"advice":"Did you mean in.csv?"');
  expect(await eventsIn("zh")).toBe(english);
});
