// Everything but the tests: `npx -y pnpm@12 check`. Goes on after a failure; each failure says how to mend it.
import { ensureBuilt } from "./ensure-built.ts";
import { runTool } from "./run-tool.ts";

interface Step {
  name: string;
  /** What to do when it fails. */
  fix: string;
  /** Resolves with what is wrong, undefined where nothing is; a reason where it cannot run here. */
  run: () => Promise<{ fault: string } | { skip: string } | undefined>;
}

const steps: Step[] = [
  tool("API description", "Mend openapi/osm.v2.yaml.", "pnpm", ["--filter", "@caselink/openapi", "run", "lint"]),
  tool("generated code", "Run: npx -y pnpm@12 generate   then commit the result.", "pnpm", [
    "--filter",
    "@caselink/openapi",
    "run",
    "generate",
    "--check",
  ]),
  tool("lint", "Try: npx -y pnpm@12 exec oxlint --fix   and mend the rest by hand.", "oxlint", ["--deny-warnings"]),
  tool("format", "Run: npx -y pnpm@12 exec oxfmt", "oxfmt", ["--check", "."]),
  tool("types", "Mend the code.", "tsc", ["-p", "."]),
  tool("boundaries", "Move the code, or change the rule in scripts/check-boundaries.ts and ARCHITECTURE.md.", "node", [
    "scripts/check-boundaries.ts",
  ]),
  tool("dead code", "Remove what is not used, or name it in knip.json with the reason.", "knip", ["--no-progress"]),
  {
    name: "build",
    fix: "Run: npx -y pnpm@12 run build   It also checks each package as it will be published (publint, attw).",
    run: () =>
      ensureBuilt().then(
        () => undefined,
        (error: Error) => ({ fault: error.message }),
      ),
  },
  {
    name: "changesets",
    fix: "Run: npx -y pnpm@12 exec changeset   and say in one sentence what changes for users.",
    run: async () => {
      const reason = await whyNoHistory();
      return reason === undefined ? fault("changeset", ["status"]) : { skip: reason };
    },
  },
];

const count = { passed: 0, failed: 0, skipped: 0 };
for (const { name, fix, run } of steps) {
  const outcome = await run();
  if (outcome === undefined) {
    count.passed += 1;
    console.log(`ok   ${name}`);
  } else if ("skip" in outcome) {
    count.skipped += 1;
    console.log(`skip ${name}: ${outcome.skip}`);
  } else {
    count.failed += 1;
    console.log(`FAIL ${name}\n${outcome.fault.trim().replaceAll(/^/gm, "     ")}\n     ${fix}`);
  }
}
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
process.exitCode = count.failed > 0 ? 1 : 0;

function tool(name: string, fix: string, command: string, args: string[]): Step {
  return { name, fix, run: () => fault(command, args) };
}

async function fault(command: string, args: string[]): Promise<{ fault: string } | undefined> {
  const { status, output } = await runTool(command, args);
  return status === 0 ? undefined : { fault: output.trim() || `${command} ended with status ${status}` };
}

/** A changeset is asked for by comparing with the main branch, which a shallow or bare copy does not have. */
async function whyNoHistory(): Promise<string | undefined> {
  const isShallow = await git("rev-parse", "--is-shallow-repository");
  if (isShallow === undefined) return "this is no git checkout";
  if (isShallow === "true") return "the git history is cut off";
  if ((await git("rev-parse", "--verify", "--quiet", "main")) === undefined)
    return "there is no commit on a branch main";
  return undefined;
}

/** What git answers; undefined where it fails or is not there. */
async function git(...args: string[]): Promise<string | undefined> {
  const { status, output } = await runTool("git", args).catch(() => ({ status: 127, output: "" }));
  return status === 0 ? output.trim() : undefined;
}
