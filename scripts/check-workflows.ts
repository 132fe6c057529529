// Lints the workflows of GitHub: actionlint for mistakes, zizmor for weaknesses, and the rules that neither of them has.
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { installTool } from "./install-tool.ts";
import { LINTERS, type Linter } from "./workflow-linters.ts";
import { root, runTool } from "./run-tool.ts";

export interface LintResult {
  readonly problems: readonly string[];
  /** The linters that could not be installed, each with the reason. */
  readonly skipped: readonly string[];
}

/** Checks the workflows and `dependabot.yml` in a checkout; `linters` are installed if they are missing. */
export async function lintWorkflows(checkout = root, linters: readonly Linter[] = LINTERS): Promise<LintResult> {
  const files: string[] = [];
  for await (const path of glob(".github/workflows/*.{yml,yaml}", { cwd: checkout }))
    files.push(path.replaceAll("\\", "/"));
  const problems = files.flatMap((file) => findRuleProblems(file, readFileSync(join(checkout, file), "utf8")));
  const skipped: string[] = [];
  for (const linter of linters) {
    const installed = await installTool(linter);
    if ("missing" in installed) {
      skipped.push(`${linter.name}: ${installed.missing}`);
      continue;
    }
    const inputs = linter.name === "zizmor" ? [join(checkout, ".github")] : files.map((file) => join(checkout, file));
    const { status, output } = await runTool(installed.path, [...linter.args, ...inputs]);
    if (status !== 0) problems.push(`${linter.name}: ${output.trim() || `ended with status ${status}`}`);
  }
  return { problems, skipped };
}

/** The rules of CONTRIBUTING.md: pinned actions, few permissions, an end of each job, one place that may publish. */
export function findRuleProblems(file: string, text: string): string[] {
  const problems: string[] = [];
  const lines = text.split("\n");
  const report = (index: number, problem: string) => problems.push(`${file}:${index + 1}: ${problem}`);
  lines.forEach((line, index) => {
    const action = /^\s*(?:- )?uses:\s*(.*)$/.exec(line)?.[1];
    if (action !== undefined && !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
      report(index, `${action} must be pinned by commit, with the version: owner/name@<40 hex digits> # v1.2.3`);
    if (/\bsecrets\./.test(line)) report(index, "no workflow needs a secret");
    if (/^\s+id-token:\s*write/.test(line) && !file.endsWith("publish.yml"))
      report(index, "only publish.yml may ask for an identity token");
  });
  if (!/^permissions:\n {2}contents: read\n(?! )/m.test(text))
    report(0, "the workflow's permissions are not contents: read");
  if (!/^concurrency:/m.test(text)) report(0, "the workflow has no concurrency");
  for (const [job, body] of readJobs(text)) {
    if (!/^ {4}timeout-minutes: \d+$/m.test(body)) report(0, `the job ${job} has no timeout-minutes`);
    if (/id-token:\s*write/.test(body) && !/^ {4}environment: npm$/m.test(body))
      report(0, `the job ${job} asks for an identity token outside of the environment npm`);
  }
  return problems;
}

function readJobs(text: string): [name: string, body: string][] {
  const jobs = /^jobs:\n([^]*)/m.exec(text)?.[1] ?? "";
  return jobs.split(/^(?= {2}[\w-]+:\n)/m).flatMap((part) => {
    const name = /^ {2}([\w-]+):\n/.exec(part)?.[1];
    return name === undefined ? [] : [[name, part] as [string, string]];
  });
}

if (import.meta.main) {
  const { problems, skipped } = await lintWorkflows();
  for (const reason of skipped) console.log(`skipped ${reason}`);
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
