import { workerBuildId, type WorkerDeployment } from "@caselink/workflows";
import type { NativeConnection } from "@temporalio/worker";
import { ConfigError, type Environment } from "./config.ts";

/** A worker deployment of Temporal, and this worker's version of it. */
export type OwnVersion = Required<WorkerDeployment>;

/** gRPC's code for what does not exist. */
const NOT_FOUND = 5;

/**
 * The deployment that `CASELINK_DEPLOYMENT` names; undefined: the worker has no version.
 *
 * @throws {ConfigError} for a name that Temporal does not take
 */
export function readDeployment(env: Environment): string | undefined {
  const name = env["CASELINK_DEPLOYMENT"];
  if (!name) return undefined;
  if (/^(?!__)[\w-]{1,64}$/.test(name)) return name;
  throw new ConfigError(
    `CASELINK_DEPLOYMENT is ${JSON.stringify(name)}; it takes up to 64 letters, digits, - and _, and does not begin with __`,
  );
}

/** This worker's version of a deployment. */
export async function ownVersion(name: string | undefined): Promise<OwnVersion | undefined> {
  return name === undefined ? undefined : { name, buildId: await workerBuildId() };
}

/** The command that lets workers of a version begin batches. */
const setCurrent = ({ name, buildId }: OwnVersion): string =>
  `temporal worker deployment set-current-version --deployment-name ${name} --build-id ${buildId}`;

/** Says, for the log at the start, whether a worker with this version gets batches, and the command that gives it batches. */
export async function describeVersion(
  connection: NativeConnection,
  namespace: string,
  version: OwnVersion,
): Promise<{ level: "INFO" | "WARN"; text: string }> {
  const current = await currentBuildId(connection, namespace, version.name);
  if (current === version.buildId) return { level: "INFO", text: "this worker's version is the current one" };
  const known = current === undefined ? "unknown" : current === null ? "none" : current;
  return {
    level: current === null ? "WARN" : "INFO",
    text: `this worker gets batches when its version is the current one, which is ${known}: ${setCurrent(version)}`,
  };
}

/** Null: the deployment has no current version, or is new; undefined: Temporal does not say. */
async function currentBuildId(
  connection: NativeConnection,
  namespace: string,
  deploymentName: string,
): Promise<string | null | undefined> {
  try {
    const { workerDeploymentInfo } = await connection.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
  } catch (error) {
    return (error as { code?: unknown }).code === NOT_FOUND ? null : undefined;
  }
}
