import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { OUTCOMES, UNDO_OUTCOMES } from "@caselink/ledger";
import { expect, test } from "vitest";
import { INPUT_FORMATS } from "../commands/options.ts";
import { exitStatus } from "../errors.ts";
import { runCommandLine } from "../program.ts";
import { EXAMPLES } from "./examples.ts";
import { TOPIC_NAMES } from "./topic-names.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stdin = Readable.from([]);
  const host = { env, cwd: "/", stdin, stdout, stderr, mainFile: "", notifyStarted: () => undefined };
  const status = await runCommandLine(args, host);
  return { status, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

const helpOf = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await run(args);
  expect([args, status, stderr]).toEqual([args, 0, ""]);
  return stdout;
};

async function commandNames(): Promise<string[]> {
  const lines = (await helpOf("complete", "fish", "--", "")).trimEnd().split("\n").slice(1);
  return lines.map((line) => line.split("\t")[0] ?? "");
}

test("every command has examples, whose commands and options exist", async () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(["", ...(await commandNames())].sort());
  for (const [owner, examples] of Object.entries(EXAMPLES)) {
    const shown = await helpOf(...(owner === "" ? [] : [owner]), "--help");
    for (const [line, what] of examples) {
      expect(shown).toContain(`  ${line}\n      ${what}\n`);
      expect(line).toContain(`caselink ${owner}`);
      const words = line.slice(line.indexOf("caselink ") + "caselink ".length).split(/[\s)]+/);
      const text = await helpOf(words[0] ?? "", "--help");
      for (const option of words.filter((word) => word.startsWith("--"))) expect(text).toContain(` ${option}`);
    }
  }
});

test("help has at most 80 columns, groups its options and shows no value as code", async () => {
  for (const args of [[], ...(await commandNames()).map((name) => [name])]) {
    const text = await helpOf(...args, "--help");
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/[{}"]|\[\]|object Object/);
    expect(await helpOf("help", ...args)).toBe(text);
  }
  const text = await helpOf("run", "--help");
  const groups = ["Input:", "Batch:", "Run:", "Output and help:"].map((group) => text.indexOf(`\n${group}\n`));
  expect(groups).toEqual(groups.toSorted((a, b) => a - b));
  expect(groups.filter((at) => at < 0)).toEqual([]);
  expect(text).toContain("default: refuse)");
});

test("every topic is named by the help and has at most 80 columns, except for a path", async () => {
  const all = await helpOf("--help");
  for (const topic of TOPIC_NAMES) {
    expect(all).toContain(topic);
    const text = await helpOf("help", topic);
    expect(text.split("\n").filter((line) => line.length > 80 && !line.trim().startsWith("/"))).toEqual([]);
  }
});

test("an unknown topic is an error in the usage, with the nearest name", async () => {
  const { status, stdout, stderr } = await run(["help", "exit-status"]);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("Did you mean exit-statuses?");
});

test("the topic about exit statuses has each of them", async () => {
  const text = await helpOf("help", "exit-statuses");
  const shown = [...text.matchAll(/^ {2}(\d+) /gm)].map(([, status]) => Number(status));
  expect(shown).toEqual(Object.values(exitStatus));
});

test("the topics about outcomes and inputs have each outcome and format", async () => {
  const outcomes = await helpOf("help", "outcomes");
  for (const outcome of [...OUTCOMES, ...UNDO_OUTCOMES]) expect(outcomes).toMatch(new RegExp(`^ {2}${outcome} `, "m"));
  const inputs = await helpOf("help", "inputs");
  for (const format of INPUT_FORMATS) expect(inputs).toMatch(new RegExp(`^ {2}${format} `, "m"));
});

test("the topic about files has the folders of this environment", async () => {
  const local = await run(["help", "files"], { CASELINK_HOME: "/state" });
  for (const path of ["/state/ledger", "/state/temporal.db", "/state/logs/BATCH.log"])
    expect(local.stdout).toContain(`  ${path} `);
  const remote = await run(["help", "files"], { CASELINK_HOME: "/state", CASELINK_LEDGER: "s3://bucket/x" });
  for (const path of ["s3://bucket/x", "/state/reports/BATCH/report.csv"]) expect(remote.stdout).toContain(`  ${path}`);
});

/** How the code reads a variable: from an environment, or by a function or a list that gets its name. */
const READS = [
  /\b(?:env|environment)\["([A-Za-z0-9_]+)"/g,
  /"((?:CASELINK|HUAWEICLOUD_SDK|AWS|TEMPORAL|NODE|HTTPS?|NO|FORCE|CLICOLOR)_[A-Z0-9_]+)"/g,
];

test("the topic about the environment has every variable that the code or the README names", async () => {
  const text = await helpOf("help", "environment");
  const files = glob(["packages/{cli,sdk,ledger,workflows,common,simulator}/src/**/*.ts", "apps/worker/src/**/*.ts"], {
    cwd: root,
    exclude: (path) => path.endsWith(".test.ts"),
  });
  const names = new Map<string, string>();
  for await (const file of files) {
    const code = await readFile(join(root, file), "utf8");
    for (const pattern of READS)
      for (const [, name = ""] of code.matchAll(pattern)) names.set(name.toUpperCase(), file);
  }
  const readme = await readFile(join(root, "packages/cli/README.md"), "utf8");
  const [, section = ""] = readme.split("\n## Environment\n");
  for (const [, name = ""] of section.matchAll(/`([A-Z][A-Z0-9_]{3,})(?:=\d)?`/g)) names.set(name, "README.md");
  expect(names.size).toBeGreaterThan(30);
  const missing = [...names].filter(([name]) => !new RegExp(`\\b${name}\\b`).test(text));
  expect(missing).toEqual([]);
});
