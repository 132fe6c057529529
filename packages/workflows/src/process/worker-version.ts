import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { WorkerOptions } from "@temporalio/worker";
import packageJson from "../../package.json" with { type: "json" };
import { workflowBundlePath } from "../workflow-bundle.ts";

/** The place of a worker among those of other versions: Temporal's worker deployment. */
export interface WorkerDeployment {
  /** The same for all workers of an endpoint: letters, digits, `-` and `_`. */
  name: string;
  /** Default: {@link workerBuildId}. Workers with activities or settings of their own may need another one. */
  buildId?: string;
}

/** The bundled workflows. @throws if the package was not built */
export const readWorkflowBundle = (): Promise<Buffer> =>
  readFile(workflowBundlePath).catch((cause: unknown) => {
    throw new Error("the workflow bundle is missing: the package was not built", { cause });
  });

/**
 * The build id of this package's workers: its version and the first 12 hex digits of the SHA-256 of its workflows, for example
 * `0.2.0-1f0c5e9a77d3`. @throws if the package was not built
 */
export async function workerBuildId(): Promise<string> {
  const bundle = await readWorkflowBundle();
  return `${packageJson.version}-${createHash("sha256").update(bundle).digest("hex").slice(0, 12)}`;
}

/**
 * Temporal's options for the worker that runs workflows. With a deployment, each run of a batch or a lane stays on the version
 * that began it. Without one, any worker without a deployment runs it.
 */
export async function versionOptionsOf(
  deployment: WorkerDeployment | undefined,
): Promise<Pick<WorkerOptions, "workerDeploymentOptions">> {
  if (deployment === undefined) return {};
  const { name, buildId = await workerBuildId() } = deployment;
  return {
    workerDeploymentOptions: {
      version: { deploymentName: name, buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: "PINNED",
    },
  };
}
