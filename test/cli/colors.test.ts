import { afterAll, beforeAll, expect, test } from "vitest";
import { csv } from "@caselink/test-support";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { mainFile } from "../../packages/test-support/src/start-command.ts";
import { findPtyProblem, startAtTerminal } from "./start-at-terminal.ts";

let stage: CliHarness;
beforeAll(async () => {
  stage = await openProcessHarness();
  await stage.write("one.csv", csv("T1,R1,g"));
  await stage.run(["plan", "one.csv", "--save", "--batch", "saved"]);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Runs the built command at a terminal, with the folders of a harness. */
function runAtTerminal(
  args: readonly string[],
  { folder, home, ledger, simulator }: CliHarness,
  env: NodeJS.ProcessEnv = {},
): ReturnType<typeof startAtTerminal>["ended"] {
  const own = {
    PATH: process.env["PATH"],
    HOME: folder,
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    CASELINK_HOME: home,
    CASELINK_LEDGER: ledger,
    CASELINK_ENDPOINT: simulator.url,
    CASELINK_TOKEN: "demo-token",
  };
  return startAtTerminal([process.execPath, mainFile, ...args], { cwd: folder, env: { ...own, ...env } }).ended;
}

/** The variables, and whether the command prints colours into a pipe and at a terminal. */
const CASES: [env: Record<string, string>, inPipe: boolean, atTerminal: boolean][] = [
  [{}, false, true],
  [{ NO_COLOR: "1" }, false, false],
  [{ NO_COLOR: "" }, false, true],
  [{ NO_COLOR: "1", FORCE_COLOR: "1", CLICOLOR_FORCE: "1" }, false, false],
  [{ FORCE_COLOR: "" }, false, true],
  [{ FORCE_COLOR: "0" }, false, false],
  [{ FORCE_COLOR: "false", CLICOLOR_FORCE: "1" }, false, false],
  [{ FORCE_COLOR: "1" }, true, true],
  [{ FORCE_COLOR: "2" }, true, true],
  [{ FORCE_COLOR: "3", TERM: "dumb" }, true, true],
  [{ FORCE_COLOR: "true" }, true, true],
  [{ CLICOLOR_FORCE: "1" }, true, true],
  [{ CLICOLOR_FORCE: "0" }, false, true],
  [{ CLICOLOR: "0" }, false, false],
  [{ CLICOLOR: "1" }, false, true],
  [{ TERM: "dumb" }, false, false],
];

const hasColors = (text: string): boolean => text.includes("\u001B[");
const titleOf = (env: Record<string, string>): string =>
  Object.entries(env)
    .map((pair) => pair.join("="))
    .join(" ") || "no variable";
const casesOf = (at: 1 | 2) =>
  CASES.map((entry) => [titleOf(entry[0]), entry[at] ? "colours" : "no colours", entry[0], entry[at]] as const);

test.for(casesOf(1))("a pipe with %s gets %s", async ([, , env, wanted]) => {
  const { status, stdout } = await stage.run(["list"], { env });
  expect(stdout).toContain("saved");
  expect([status, hasColors(stdout)]).toEqual([0, wanted]);
});

const problem = await findPtyProblem();
if (problem !== undefined) console.log(`skipped: ${problem}`);

test.skipIf(problem !== undefined).for(casesOf(2))("a terminal with %s gets %s", async ([, , env, wanted]) => {
  const { status, text } = await runAtTerminal(["list"], stage, env);
  expect(text).toContain("saved");
  expect([status, hasColors(text)]).toEqual([0, wanted]);
});

test("lines of JSON and reports have no colours, whatever the variables", async () => {
  for (const args of [
    ["list", "--json"],
    ["report", "saved"],
  ]) {
    const { status, stdout } = await stage.run(args, { env: { FORCE_COLOR: "3" } });
    expect([status, hasColors(stdout)]).toEqual([0, false]);
    expect(stdout).not.toBe("");
  }
});
