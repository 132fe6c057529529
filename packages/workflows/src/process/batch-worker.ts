import { readFile } from "node:fs/promises";
import { type NativeConnection, Worker } from "@temporalio/worker";
import { type ActivityDependencies, createActivities } from "./activities.ts";
import { taskQueueOf } from "../workflow/contracts.ts";
import { workflowBundlePath } from "../workflow-bundle.ts";

export interface BatchWorkerOptions extends ActivityDependencies {
  connection: NativeConnection;
  namespace: string;
  /** Base URL of the API: names the task queue, so that a worker works for one API only. */
  endpoint: string;
  /** Shown in Temporal; default: process id and host. */
  identity?: string;
}

/**
 * How often a heartbeat is really sent: `status` shows a turn's progress with this delay, and a worker learns with this delay
 * of a pause or a cancel that was signalled elsewhere. Temporal's default would be 8 s.
 */
const HEARTBEAT_THROTTLE = "3 seconds";

/** A turn that is stopped finishes its writes in flight; this is longer than any of them may take. */
const SHUTDOWN_GRACE = "1 second";
const SHUTDOWN_FORCE = "45 seconds";

/** A Temporal worker that works batches of one API endpoint. Run it with `worker.run()`. */
export async function createBatchWorker(options: BatchWorkerOptions): Promise<Worker> {
  await readFile(workflowBundlePath).catch((cause: unknown) => {
    throw new Error("the workflow bundle is missing: the package was not built", { cause });
  });
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: taskQueueOf(options.endpoint),
    workflowBundle: { codePath: workflowBundlePath },
    activities: createActivities(options),
    // 16 lanes have one chunk each; the rest is short.
    maxConcurrentActivityTaskExecutions: 24,
    maxCachedWorkflows: 100,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    ...(options.identity !== undefined && { identity: options.identity }),
  });
}
