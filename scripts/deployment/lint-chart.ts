import { glob, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../run-tool.ts";
import { findProblems, type LintResult, runProgram, withTools } from "./run-tools.ts";
import { HELM, KUBECONFORM, KUBERNETES_SCHEMAS, KUBERNETES_VERSION } from "./tools.ts";

/** Our schemas of custom resources, which no package has. */
const CUSTOM_SCHEMAS = join(root, "scripts/deployment/schemas");

/**
 * Checks a chart: `helm lint` with each file of values in its folder `ci`, and kubeconform with the resources that Helm
 * renders from them.
 */
export const lintChart = (folder: string): Promise<LintResult> =>
  withTools([HELM, KUBECONFORM, KUBERNETES_SCHEMAS], async (helm = "", kubeconform = "", schemas = "") => {
    const problems: string[] = [];
    const work = await mkdtemp(join(tmpdir(), "caselink-chart-"));
    try {
      for await (const name of glob("ci/*.yaml", { cwd: folder })) {
        const values = join(folder, name);
        const options = ["--strict", "--quiet", "--kube-version", KUBERNETES_VERSION, "--values", values];
        problems.push(...(await findProblems(HELM, helm, ["lint", ...options, folder])));
        const rendered = await renderChart(helm, folder, values);
        if ("problem" in rendered) {
          problems.push(`${HELM.name}: ${name}: ${rendered.problem}`);
          continue;
        }
        const manifests = join(work, "manifests.yaml");
        await writeFile(manifests, rendered.manifests);
        problems.push(...(await findProblems(KUBECONFORM, kubeconform, [...kubeconformOptions(schemas), manifests])));
      }
    } finally {
      await rm(work, { recursive: true });
    }
    return problems;
  });

/** Returns the resources that Helm renders, as YAML documents, or why it does not. */
export async function renderChart(
  helm: string,
  folder: string,
  values: string,
  ...sets: string[]
): Promise<{ manifests: string } | { problem: string }> {
  const settings = sets.flatMap((set) => ["--set", set]);
  const options = ["--namespace", "caselink", "--kube-version", KUBERNETES_VERSION, "--values", values, ...settings];
  const { failure, stdout } = await runProgram(helm, ["template", "workers", folder, ...options]);
  return failure === undefined ? { manifests: stdout } : { problem: failure };
}

function kubeconformOptions(schemas: string): string[] {
  const locations = [dirname(schemas), CUSTOM_SCHEMAS].flatMap((folder) => [
    "-schema-location",
    `${folder}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
  ]);
  return ["-strict", "-summary", ...locations];
}
