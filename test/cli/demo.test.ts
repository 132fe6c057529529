import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runTool } from "../../scripts/run-tool.ts";
import { findPtyProblem, startAtTerminal } from "./start-at-terminal.ts";

const problem = await findPtyProblem();
if (problem !== undefined) console.log(`skipped: ${problem}`);

/** A folder for the files of a demo, and an environment in which it must not use the user's own settings. */
async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), "caselink demo-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const { PATH, HOME, CASELINK_TEMPORAL_CLI, NODE_COMPILE_CACHE } = process.env;
  const users = { CASELINK_LEDGER: "/proc/no-ledger", TEMPORAL_ADDRESS: "127.0.0.1:1", CASELINK_SITE: "none" };
  return { folder, env: { PATH, HOME, CASELINK_TEMPORAL_CLI, NODE_COMPILE_CACHE, TMPDIR: folder, ...users } };
}

const settingsOf = (env: NodeJS.ProcessEnv): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value ?? ""}`);

/** The commands that the demo prints, to be pasted. */
function commandsIn(text: string): string[] {
  const [, after = ""] = text.replaceAll("\r", "").split("\nTry in another shell:\n");
  return (
    after
      .split("\n\n")[0]
      ?.split("\n")
      .map((line) => line.trim()) ?? []
  );
}

/** Pastes commands into a shell with the user's settings. Returns what it prints; fails with the first that fails. */
async function paste(commands: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { status, output } = await runTool("env", [...settingsOf(env), "sh", "-ec", commands.join("\n")]);
  if (status !== 0) throw new Error(`the commands ended with status ${status}:\n${output}`);
  return output;
}

test("without a terminal the demo ends, and the commands that it prints work afterwards", async () => {
  const { folder, env } = await openFolder();
  const { status, output } = await runTool("env", [...settingsOf(env), "node", "scripts/demo.ts"]);
  expect([status, output]).toEqual([0, expect.stringContaining("Every row is accounted for.")]);
  await access(/the report {2}(\/.*)/.exec(output)?.[1] ?? "");
  const commands = commandsIn(output);
  expect(commands.filter((command) => command.includes(" caselink "))).toHaveLength(2);
  expect(await paste(commands, env)).toContain("limit_reached");
  expect(await runTool("find", [folder, "-name", "report.html"])).toMatchObject({
    output: expect.stringContaining("report.html"),
  });
});

test.skipIf(problem !== undefined)("at a terminal the demo stays open until a key is pressed", async () => {
  const { env } = await openFolder();
  const terminal = startAtTerminal(["node", "scripts/demo.ts"], { cwd: process.cwd(), env });
  const shown = await terminal.shows("Press a key to end.");
  for (const name of ["the simulator  ", "Temporal's page"]) {
    const [, address = ""] = new RegExp(`${name} +(http://\\S+)`).exec(shown) ?? [];
    expect([name, (await fetch(address)).status]).toEqual([name, name.startsWith("Temporal") ? 200 : 404]);
  }
  const output = await paste(commandsIn(shown), env);
  for (const text of ["limit_reached", "removed", "undo-1-demo"]) expect(output).toContain(text);
  terminal.types(" ");
  const { status } = await terminal.ended;
  expect(status).toBe(0);
  const [, address = ""] = /Temporal's page +(http:\S+)/.exec(shown) ?? [];
  await expect(fetch(address)).rejects.toThrow("fetch failed");
});
