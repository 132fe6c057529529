import { execFile } from "node:child_process";
import { installTool, type Tool } from "../install-tool.ts";

export interface LintResult {
  /** Each with the name of its tool. */
  readonly problems: readonly string[];
  /** The tools that could not be installed, each with the reason. */
  readonly skipped: readonly string[];
}

/** A tool finishes its files in seconds; this ends one that hangs. */
const LIMIT_MS = 10 * 60_000;

/** Runs a check with the paths of its tools, or skips it with the reasons why they cannot be installed. */
export async function withTools(
  tools: readonly Tool[],
  check: (...paths: string[]) => Promise<string[]>,
): Promise<LintResult> {
  const installed = await Promise.all(tools.map((tool) => installTool(tool)));
  const skipped = installed.flatMap((each, index) =>
    "missing" in each ? `${tools[index]?.name}: ${each.missing}` : [],
  );
  if (skipped.length > 0) return { problems: [], skipped };
  return { problems: await check(...installed.flatMap((each) => ("path" in each ? each.path : []))), skipped };
}

/** Runs a tool; returns what it printed if it failed. */
export async function findProblems({ name }: Tool, program: string, args: readonly string[]): Promise<string[]> {
  const { failure } = await runProgram(program, args);
  return failure === undefined ? [] : [`${name}: ${failure}`];
}

/** Runs a program; `failure` is what it printed, or the reason if that is nothing. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<{ failure: string | undefined; stdout: string }> {
  const limits = { timeout: LIMIT_MS, maxBuffer: 64 * 2 ** 20 };
  return new Promise((resolve) => {
    execFile(program, [...args], { ...options, ...limits }, (error, stdout, stderr) =>
      resolve({ failure: error === null ? undefined : `${stdout}${stderr}`.trim() || error.message, stdout }),
    );
  });
}
