import type { Client, WorkflowExecutionInfo } from "@temporalio/client";
import { runningOn } from "../workflow/task-queues.ts";

/** A version of the workers, as Temporal's worker deployments name it. */
export interface WorkerVersion {
  deploymentName: string;
  buildId: string;
}

/** Workflows that Temporal gives to no worker: none of their version runs. */
export interface VersionWait {
  /** Undefined: workers run, and none of their versions is the current one. */
  version: WorkerVersion | undefined;
  /** Workflows without a version wait for it, too, and so do new ones. */
  isForNew: boolean;
  /** The batches and lanes of that version. */
  workflowIds: readonly string[];
  /** The current version, if its workers run. */
  current: WorkerVersion | undefined;
  /** All versions whose workers run. */
  running: readonly WorkerVersion[];
}

/** The batches and lanes of an endpoint that wait for workers of a version. */
export interface VersionWaits {
  waits: readonly VersionWait[];
  /** All workflows that stay on a version. */
  pinnedIds: ReadonlySet<string>;
}

/** `TASK_QUEUE_TYPE_WORKFLOW` and `WORKER_VERSIONING_MODE_VERSIONED` of Temporal's API. */
const WORKFLOWS = 1;
const VERSIONED = 2;
/** A worker's request for a task lasts 60 s at most. Temporal lists a worker that has ended for 5 minutes. */
const GONE_AFTER_MS = 90_000;
/** Enough to name the versions. */
const MOST_WORKFLOWS = 1_000;

/**
 * Finds the workflows of a task queue whose version no worker runs. Needs no worker. That a worker has ended shows after 90 s.
 *
 * @param now milliseconds since 1970
 */
export async function findVersionWaits(client: Client, taskQueue: string, now = Date.now()): Promise<VersionWaits> {
  const { running, current, hasUnversioned } = await describeWorkers(client, taskQueue, now);
  const pinned = await pinnedWorkflows(client, taskQueue);
  const isRunning = (version: WorkerVersion): boolean => running.some((other) => isSame(other, version));
  const facts = { current: current && isRunning(current) ? current : undefined, running };
  const awaited = distinct([...pinned.map(({ version }) => version), ...(current ? [current] : [])]);
  const waits: VersionWait[] = awaited
    .filter((version) => !isRunning(version))
    .map((version) => ({
      ...facts,
      version,
      isForNew: current !== undefined && isSame(version, current),
      workflowIds: pinned.flatMap((workflow) => (isSame(workflow.version, version) ? workflow.id : [])),
    }));
  if (!current && running.length > 0 && !hasUnversioned)
    waits.push({ ...facts, version: undefined, isForNew: true, workflowIds: [] });
  return { waits, pinnedIds: new Set(pinned.map(({ id }) => id)) };
}

async function describeWorkers(client: Client, taskQueue: string, now: number) {
  const { pollers, versioningInfo } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum is in a package that the client does not need
    taskQueueType: WORKFLOWS,
  });
  const alive = (pollers ?? []).filter(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > now - GONE_AFTER_MS,
  );
  const versions = alive.map(({ deploymentOptions }) =>
    Number(deploymentOptions?.workerVersioningMode) === VERSIONED ? versionOf(deploymentOptions) : undefined,
  );
  return {
    running: distinct(versions.filter((version) => version !== undefined)),
    hasUnversioned: versions.includes(undefined),
    current: versionOf(versioningInfo?.currentDeploymentVersion),
  };
}

/** The running workflows that stay on a version. */
async function pinnedWorkflows(client: Client, taskQueue: string): Promise<{ id: string; version: WorkerVersion }[]> {
  const query = `${runningOn(taskQueue)} AND TemporalWorkflowVersioningBehavior = 'Pinned'`;
  const found = [];
  for await (const workflow of client.workflow.list({ query })) {
    const version = storedVersion(workflow);
    if (version) found.push({ id: workflow.workflowId, version });
    if (found.length === MOST_WORKFLOWS) break;
  }
  return found;
}

/** Temporal stores the version as `NAME:BUILD` in a search attribute of its own. */
function storedVersion({ raw }: WorkflowExecutionInfo): WorkerVersion | undefined {
  const data = raw.searchAttributes?.indexedFields?.["TemporalWorkerDeploymentVersion"]?.data;
  if (!data) return undefined;
  const text = JSON.parse(Buffer.from(data).toString("utf8")) as string;
  const at = text.indexOf(":");
  return versionOf({ deploymentName: text.slice(0, at), buildId: text.slice(at + 1) });
}

function versionOf(
  found: { deploymentName?: string | null; buildId?: string | null } | null | undefined,
): WorkerVersion | undefined {
  const { deploymentName, buildId } = found ?? {};
  return deploymentName && buildId ? { deploymentName, buildId } : undefined;
}

const isSame = (a: WorkerVersion, b: WorkerVersion): boolean =>
  a.deploymentName === b.deploymentName && a.buildId === b.buildId;

const distinct = (versions: readonly WorkerVersion[]): WorkerVersion[] =>
  versions.filter((version, at) => versions.findIndex((other) => isSame(other, version)) === at);
