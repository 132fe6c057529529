import type { VersionWait, WorkerVersion } from "@caselink/workflows";
import { translated } from "../language/words.ts";

/** Why workflows wait for workers of a version, and what to do. English; the advice has several lines. */
export interface WaitText {
  message: string;
  advice: string;
}

/** @param batchId the batch that waits; default: any */
export function describeVersionWait(wait: VersionWait, batchId?: string): WaitText {
  const { version, isForNew, workflowIds, running } = wait;
  const [first] = running;
  if (!version)
    return {
      message:
        batchId === undefined
          ? "work of this API waits: workers run, but none of their versions is the current one"
          : `batch ${batchId} waits: workers run, but none of their versions is the current one`,
      advice: withCommand("Make one the current version:", setCurrent(first)),
    };
  const message =
    batchId === undefined
      ? `work of this API waits for workers of version ${nameOf(version)}, and none runs`
      : `batch ${batchId} waits for workers of version ${nameOf(version)}, and none runs`;
  if (!isForNew || workflowIds.length > 0)
    return {
      message,
      advice: withCommand("Start one, or move the work to other workers:", moveCommand(version, wait)),
    };
  if (!first) return { message, advice: "Start one: caselink worker" };
  return {
    message,
    advice: withCommand("Start one, or make the version of other workers the current one:", setCurrent(first)),
  };
}

const withCommand = (advice: string, command: string): string => `${advice}\n  ${command}`;

/** The text on a screen, in the language of the user. */
export function versionWaitScreen({ message, advice }: WaitText): string {
  const text = translated(message);
  return [`${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`, ...advice.split("\n").map(translated)].join("\n");
}

const nameOf = ({ deploymentName, buildId }: WorkerVersion): string => `${deploymentName}:${buildId}`;

const setCurrent = (version: WorkerVersion | undefined): string =>
  lines(
    "temporal worker deployment set-current-version",
    `--deployment-name ${version?.deploymentName ?? "NAME"} --build-id ${version?.buildId ?? "BUILD"}`,
  );

/** Moves all batches and lanes of a version. Without a version that runs, they go to the one that is the current one then. */
function moveCommand(version: WorkerVersion, { current, running }: VersionWait): string {
  const target = current ?? running[0];
  const query = `--query "TemporalWorkerDeploymentVersion = '${nameOf(version)}' AND ExecutionStatus = 'Running'"`;
  if (!target) return lines("temporal workflow update-options", query, "--versioning-override-behavior auto_upgrade");
  return lines(
    "temporal workflow update-options",
    query,
    "--versioning-override-behavior one_time",
    `--versioning-override-deployment-name ${target.deploymentName}`,
    `--versioning-override-build-id ${target.buildId}`,
  );
}

/** One command over several lines of a terminal. */
const lines = (...parts: string[]): string => parts.join(" \\\n    ");
