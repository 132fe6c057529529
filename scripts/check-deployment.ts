// Lints what is in deploy/, each part with its own tool: the Dockerfile, the shell scripts, the Compose file and the Helm chart.
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { lintChart } from "./deployment/lint-chart.ts";
import { lintCompose } from "./deployment/lint-compose.ts";
import { findProblems, type LintResult, withTools } from "./deployment/run-tools.ts";
import { HADOLINT, SHELLCHECK } from "./deployment/tools.ts";
import { root } from "./run-tool.ts";

/** Checks all that `deploy/` of a checkout has; tools are installed if they are missing. */
export async function lintDeployment(checkout = root): Promise<LintResult> {
  const results = [
    await lintDockerfile(join(checkout, "deploy/docker/Dockerfile")),
    await lintScripts(join(checkout, "deploy")),
    await lintCompose(join(checkout, "deploy/compose/compose.yaml")),
    await lintChart(join(checkout, "deploy/helm/caselink-worker")),
  ];
  return { problems: results.flatMap((each) => each.problems), skipped: results.flatMap((each) => each.skipped) };
}

/** Checks a Dockerfile with hadolint. */
export const lintDockerfile = (file: string): Promise<LintResult> =>
  withTools([HADOLINT], (hadolint = "") => findProblems(HADOLINT, hadolint, ["--no-color", file]));

/** Checks the shell scripts below a folder with shellcheck. */
export const lintScripts = (folder: string): Promise<LintResult> =>
  withTools([SHELLCHECK], async (shellcheck = "") => {
    const paths: string[] = [];
    for await (const file of glob("**/*.sh", { cwd: folder })) paths.push(join(folder, file));
    return findProblems(SHELLCHECK, shellcheck, ["--norc", "--color=never", "--format=gcc", ...paths]);
  });

if (import.meta.main) {
  const { problems, skipped } = await lintDeployment();
  for (const reason of skipped) console.log(`skipped ${reason}`);
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
