// Everything but the tests: `npx -y pnpm@12 check`. Runs the steps next to each other; each failure says how to fix it.
// A step whose files have not changed since it passed is not run again: Turborepo keeps its result (turbo.json).
import { availableParallelism } from "node:os";
import { lintDeployment } from "./check-deployment.ts";
import { lintWorkflows } from "./check-workflows.ts";
import { ensureBuilt } from "./ensure-built.ts";
import { runTool } from "./run-tool.ts";

/** What is wrong, or why the step cannot run here, or what a passed step has to show; undefined if it only passed. */
type Outcome = { problem: string } | { skip: string } | { passed: string } | undefined;

interface Step {
  name: string;
  /** What to do when it fails. */
  fix: string;
  run: () => Promise<Outcome>;
}

/** Of a step whose output is shown when it passed. */
const SHOWN = { isShown: true };

/** The one build that several steps need. */
const built = ensureBuilt().then(
  () => undefined,
  (error: Error) => ({ problem: error.message }),
);

const steps: Step[] = [
  {
    name: "build",
    fix: "Run: npx -y pnpm@12 run build",
    run: () => built,
  },
  task("types", "Fix the code."),
  // It follows imports into the packages' built files, which a build removes for a moment.
  afterBuild(task("lint", "Try: npx -y pnpm@12 exec oxlint --fix   and fix the rest by hand.")),
  task("format", "Run: npx -y pnpm@12 exec oxfmt"),
  task("API description", "Fix openapi/osm.v2.yaml."),
  task("generated code", "Run: npx -y pnpm@12 generate   then commit the result."),
  task("dead code", "Remove what is not used, or name it in knip.json with the reason."),
  task("boundaries", "Move the code, or change the rule in scripts/check-boundaries.ts and ARCHITECTURE.md."),
  task("words", "Use the replacement that the message names; docs/glossary.md has the vocabulary."),
  task(
    "translations",
    "Translate the texts in packages/cli/src/language/zh-CN, or name them in scripts/translations/not-shown.ts.",
  ),
  task("file length", "Split the file by concept: 400 lines is the limit."),
  task("secrets", "Remove the credential and revoke it; if it is none, allow it in .secretlintrc.json."),
  task("licences", "Use another package, or add an exception with its reason to scripts/check-licences.ts.", SHOWN),
  {
    name: "workflows",
    fix: "Fix the files in .github; the names of zizmor's rules are explained on docs.zizmor.sh/audits.",
    run: async () => {
      const { problems, skipped } = await lintWorkflows();
      if (problems.length > 0) return { problem: problems.join("\n") };
      return skipped.length > 0 ? { skip: skipped.join("; ") } : { passed: "actionlint and zizmor" };
    },
  },
  {
    name: "deployment",
    fix: "Fix the files in deploy.",
    run: async () => {
      const { problems, skipped } = await lintDeployment();
      if (problems.length > 0) return { problem: problems.join("\n") };
      if (skipped.length > 0) return { skip: skipped.join("; ") };
      return { passed: "hadolint, shellcheck, Compose's loader, helm lint and kubeconform" };
    },
  },
  afterBuild(task("packages", "Fix the package's manifest, its files or its imports.", SHOWN)),
  {
    name: "changesets",
    fix: "Run: npx -y pnpm@12 exec changeset   and say in one sentence what changes for users.",
    run: async () => {
      // That pull request turns the changesets into versions and change logs.
      if (process.env["GITHUB_HEAD_REF"] === "changeset-release/main") return { skip: "this raises the versions" };
      const reason = await whyNoHistory();
      return reason === undefined ? findProblem("changeset", ["status"]) : { skip: reason };
    },
  },
];

/** What Turborepo and pnpm add to the output of a step. */
const TURBO_LINE =
  /^ *(?:•|Tasks:|Cached:|Time:|Failed:|cache (?:miss|hit)|\$ |ERROR +run failed|\[ELIFECYCLE\]|\/\/#).*\n?/gm;

const count = { passed: 0, failed: 0, skipped: 0 };
const waiting = [...steps];
await Promise.all(Array.from({ length: availableParallelism() }, runWaiting));
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
process.exitCode = count.failed > 0 ? 1 : 0;

/** Runs waiting steps one after the other until none is left. */
async function runWaiting(): Promise<void> {
  for (let step = waiting.shift(); step; step = waiting.shift()) report(step, await step.run());
}

function report({ name, fix }: Step, outcome: Outcome): void {
  if (outcome === undefined || "passed" in outcome) {
    count.passed += 1;
    console.log(`ok   ${name}${outcome ? `\n${indent(outcome.passed)}` : ""}`);
  } else if ("skip" in outcome) {
    count.skipped += 1;
    console.log(`skip ${name}: ${outcome.skip}`);
  } else {
    count.failed += 1;
    console.log(`FAIL ${name}\n${indent(outcome.problem)}\n     ${fix}`);
  }
}

function indent(text: string): string {
  return text.trim().replaceAll(/^/gm, "     ");
}

/** A step that does not run if the packages do not build. */
function afterBuild(step: Step): Step {
  return { ...step, run: async () => ((await built) ? { skip: "the packages do not build" } : step.run()) };
}

/** A step that is the script `check:<name>` of the root's package.json, and a task of Turborepo. */
function task(name: string, fix: string, { isShown = false } = {}): Step {
  const script = `check:${name.toLowerCase().replaceAll(" ", "-")}`;
  const logs = `--output-logs=${isShown ? "full" : "errors-only"}`;
  const options = [logs, "--log-prefix=none", "--ui=stream", "--no-update-notifier"];
  return {
    name,
    fix,
    run: async () => {
      const { status, output } = await runTool("turbo", ["run", `//#${script}`, ...options]);
      const printed = output.replaceAll(TURBO_LINE, "").trim();
      if (status !== 0) return { problem: printed || output.trim() || `turbo ended with status ${status}` };
      return isShown ? { passed: printed } : undefined;
    },
  };
}

async function findProblem(command: string, args: string[]): Promise<{ problem: string } | undefined> {
  const { status, output } = await runTool(command, args);
  return status === 0 ? undefined : { problem: output.trim() || `${command} ended with status ${status}` };
}

/** A changeset is required by comparison with the main branch, which a shallow or bare copy does not have. */
async function whyNoHistory(): Promise<string | undefined> {
  const isShallow = await git("rev-parse", "--is-shallow-repository");
  if (isShallow === undefined) return "this is no git checkout";
  if (isShallow === "true") return "the git history is cut off";
  if ((await git("rev-parse", "--verify", "--quiet", "main")) === undefined)
    return "there is no commit on a branch main";
  return undefined;
}

/** The answer of git; undefined if it fails or is not installed. */
async function git(...args: string[]): Promise<string | undefined> {
  const { status, output } = await runTool("git", args).catch(() => ({ status: 127, output: "" }));
  return status === 0 ? output.trim() : undefined;
}
