import { PassThrough, Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { EXAMPLES } from "../help/examples.ts";
import { TOPIC_NAMES } from "../help/topic-names.ts";
import { runCommandLine } from "../program.ts";
import { widthOf } from "../screen/format.ts";
import { useLanguage } from "./words.ts";

// Other test files run in the same process.
afterEach(() => useLanguage({ CASELINK_LANG: "en" }));

async function run(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const env = { CASELINK_LANG: "zh", CASELINK_HOME: "/state" };
  const host = {
    env,
    cwd: "/",
    stdin: Readable.from([]),
    stdout,
    stderr,
    mainFile: "",
    notifyStarted: () => undefined,
  };
  const status = await runCommandLine(args, host);
  return { status, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

const NAMES = Object.keys(EXAMPLES).filter((name) => name !== "");
const PAGES = [["--help"], ...NAMES.map((name) => [name, "--help"]), ...TOPIC_NAMES.map((topic) => ["help", topic])];

const COMMAND_LINES = new Set(Object.values(EXAMPLES).flatMap((examples) => examples.map(([line]) => `  ${line}`)));

test.for(PAGES.map((args) => ({ args })))("no English is left in the help: $args", async ({ args }) => {
  const { status, stdout, stderr } = await run(...args);
  expect([status, stderr]).toEqual([0, ""]);
  const lines = stdout.split("\n").filter((line) => !COMMAND_LINES.has(line));
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
  expect(lines.filter((line) => /(?:^|[^\w-])[a-z]+ [a-z]+ [a-z]+(?![\w-])/.test(line))).toEqual([]);
  // A title, and what stands next to a name.
  expect(lines.filter((line) => line.endsWith(":"))).toEqual([]);
  const described = lines.map((line) => /^ {2}\S.*? {2,}(\S.*)$/.exec(line)?.[1]).filter((text) => text !== undefined);
  expect(described.filter((text) => !/\p{Script=Han}/u.test(text))).toEqual([]);
});

test.for([
  { args: ["statu"], problem: "未知的命令“statu”\n（您是不是想输入 status？）" },
  { args: ["status", "b", "--foo"], problem: "未知的选项“--foo”" },
  { args: ["status"], problem: "缺少必需的参数“batch”" },
  { args: ["list", "b"], problem: "“list”的参数过多：应有 0 个，实际有 1 个：b" },
  { args: ["status", "b", "c"], problem: "“status”的参数过多：应有 1 个，实际有 2 个：b、c" },
  { args: ["run", "x", "--batch"], problem: "选项“--batch <id>”缺少值" },
  {
    args: ["run", "x", "--over-limit", "all"],
    problem: "选项“--over-limit <policy>”的值“all”无效：可选值为 refuse、fill",
  },
  { args: ["run", "--plan", "b", "--dry-run"], problem: "选项“--plan <batch>”不能与选项“--dry-run”同时使用" },
  { args: ["run"], problem: "缺少必需的参数“input”，或用 --plan 指定的已保存的计划" },
  { args: ["run", "x", "--plan", "b"], problem: "--plan 不能与输入同时使用：已保存的计划有自己的行" },
  { args: ["rate", "b", "0"], problem: "参数“rate”的值“0”无效：应为大于 0 的数" },
])("an error in the usage is in Chinese: $args", async ({ args, problem }) => {
  expect(await run(...args)).toEqual({
    status: 2,
    stdout: "",
    stderr: `caselink: ${problem}\n（caselink --help 列出所有命令）\n`,
  });
});

test("an unknown topic is an error in Chinese", async () => {
  expect((await run("help", "exit-status")).stderr).toBe(
    "caselink: 没有名为 exit-status 的命令或主题。您是不是想输入 exit-statuses？\n" +
      `  主题有：${TOPIC_NAMES.join(", ")}。\n  caselink --help 列出所有命令\n`,
  );
});
