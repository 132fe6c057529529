import { access, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openProcessHarness, type CliHarness } from "@caselink/test-support/cli";
import { mainFile } from "../../packages/test-support/src/start-command.ts";
import { runTool } from "../../scripts/run-tool.ts";
import { findPtyProblem, startAtTerminal, type AtTerminal } from "./start-at-terminal.ts";

/** The interactive shells, each with the lines that prepare it. */
const SHELLS = {
  bash: {
    words: ["bash", "--norc", "--noprofile", "-i"],
    setUp: ["source <(caselink completion bash)"],
  },
  zsh: {
    words: ["zsh", "-f", "-i"],
    setUp: ["autoload -U compinit; compinit -D -u", "source <(caselink completion zsh)"],
  },
  fish: { words: ["fish", "--no-config", "-i"], setUp: ["caselink completion fish | source"] },
} as const;

let stage: CliHarness;
beforeAll(async () => {
  stage = await openProcessHarness();
  await mkdir(join(stage.folder, "bin"));
  await symlink(process.execPath, join(stage.folder, "bin", "node"));
  // Completes as the command does, and notes it. Prints the words of everything else.
  const command = `#!/bin/sh
say() { printf '%s' "$1"; shift; printf ' [%s]' "$@"; echo; }
[ "$1" = complete ] && say COMPLETED "$@" >>'${join(stage.folder, "completed")}'
case $1 in complete|completion) exec node '${mainFile}' "$@";; esac
say RAN "$@"
`;
  await writeFile(join(stage.folder, "bin", "caselink"), command, { mode: 0o755 });
  for (const id of ["nightly-1", "weekly-7"]) {
    await mkdir(join(stage.ledger, "batches", id), { recursive: true });
    await writeFile(join(stage.ledger, "batches", id, "batch.json"), "{}");
  }
  await stage.write("my tickets.csv", "");
});
afterAll(() => stage[Symbol.asyncDispose]());

const isInstalled = async (shell: string): Promise<boolean> =>
  (await runTool(shell, ["--version"]).catch(() => ({ status: 1 }))).status === 0;

const ptyProblem = await findPtyProblem();
const problems = new Map<string, string>();
for (const shell of Object.keys(SHELLS)) {
  const problem = ptyProblem ?? ((await isInstalled(shell)) ? undefined : `${shell} is not installed`);
  if (problem === undefined) continue;
  problems.set(shell, problem);
  console.log(`skipped: ${problem}`);
}

function openShell(shell: keyof typeof SHELLS): AtTerminal {
  const env = {
    HOME: stage.folder,
    PATH: `${join(stage.folder, "bin")}:${process.env["PATH"] ?? ""}`,
    CASELINK_LEDGER: stage.ledger,
    PS1: "$ ",
  };
  return startAtTerminal(SHELLS[shell].words, { cwd: stage.folder, env });
}

/** What is typed, with a tab where the shell completes; and the words that the command then gets. */
const TYPED: readonly [typed: string, ran: string][] = [
  ["caselink sta\tnig\t", "[status] [nightly-1]"],
  ["caselink report weekly-7 --form\tj\t", "[report] [weekly-7] [--format] [jsonl]"],
  ["caselink report weekly-7 --format=h\t", "[report] [weekly-7] [--format=html]"],
  ["caselink run --over-limit f\tmy\t", "[run] [--over-limit] [fill] [my tickets.csv]"],
  ["caselink retry nightly-1 --outcome created,not\t", "[retry] [nightly-1] [--outcome] [created,not_found]"],
  ["caselink run --map case\tTicket", "[run] [--map] [case_id=Ticket]"],
];

test.for(["bash", "zsh", "fish"] as const)("%s completes what is typed at its terminal", async (shell, { skip }) => {
  const problem = problems.get(shell);
  if (problem !== undefined) skip(problem);
  const terminal = openShell(shell);
  for (const line of SHELLS[shell].setUp) terminal.types(`${line}\r`);
  for (const [typed, ran] of TYPED) {
    terminal.types(`${typed}\r`);
    await terminal.shows(`RAN ${ran}`);
  }
  terminal.types("exit\r");
  expect((await terminal.ended).status).toBe(0);
});

test.for(["bash", "zsh", "fish"] as const)("%s runs nothing that is only typed", async (shell, { skip }) => {
  const problem = problems.get(shell);
  if (problem !== undefined) skip(problem);
  const terminal = openShell(shell);
  for (const line of SHELLS[shell].setUp) terminal.types(`${line}\r`);
  terminal.types("caselink ready\r");
  await terminal.shows("RAN [ready]");
  const file = `run-by-${shell}`;
  terminal.types(`caselink status $(touch ${file}) --wat\t`);
  const completed = `[${shell}] [--] [status] [$(touch ${file})] [--wat]`;
  await expect.poll(() => readFile(join(stage.folder, "completed"), "utf8").catch(() => "")).toContain(completed);
  await expect(access(join(stage.folder, file))).rejects.toThrow("ENOENT");
  terminal.types("\u0015"); // not Ctrl-C, which discards what was typed after it
  terminal.types("exit\r");
  await terminal.ended;
});
