import { Client } from "@temporalio/client";
import { type NativeConnection, Runtime, Worker, type WorkflowBundleOption } from "@temporalio/worker";
import { dataConverterOf } from "../encryption/data-converter.ts";
import type { Keyring } from "../encryption/keyring.ts";
import { chunkLogFields } from "../observe/chunk-log-fields.ts";
import { startSampling } from "../observe/metrics-sampler.ts";
import { RequestQueues } from "../rate/request-queues.ts";
import { endpointKey } from "../workflow/contracts.ts";
import { ENCODE_FAILURES } from "../workflow/failure-converter.ts";
import { chunkQueueOf, rejectedQueueOf, taskQueueOf } from "../workflow/task-queues.ts";
import { workflowBundlePath } from "../workflow-bundle.ts";
import { AccountAccess } from "./account-access.ts";
import { AccountWorker } from "./account-worker.ts";
import { type ActivityDependencies, createActivities } from "./activities.ts";
import { watchForHalted } from "./halted-watch.ts";
import { readWorkflowBundle, versionOptionsOf, type WorkerDeployment } from "./worker-version.ts";

export interface BatchWorkerOptions extends Omit<ActivityDependencies, "access" | "queues"> {
  connection: NativeConnection;
  namespace: string;
  /** Base URL of the API: names the task queues, so that a worker works for one API only. */
  endpoint: string;
  /**
   * The account of the credentials, as in the records of its batches: the worker works the chunks of these batches only.
   * Default: batches without an account.
   */
  account?: string | undefined;
  /** Shown in Temporal; default: process id and host. */
  identity?: string;
  /** Works no chunk before it resolves, and only runs workflows until then. Default: from the start. */
  mayBegin?: Promise<unknown> | undefined;
  /** Encrypts what Temporal stores of batches. Default: nothing is encrypted. */
  keyring?: Keyring | undefined;
  /**
   * The worker runs workflows as one version of this deployment: those of its own version, and new ones while it is the current
   * version. Default: no version. It works chunks of all versions.
   */
  deployment?: WorkerDeployment | undefined;
}

/** A worker of one API endpoint and one account. */
export interface BatchWorker {
  /** Works until it is shut down. To be called once. */
  run(): Promise<void>;
  /** Lets `run` end when the requests in flight have ended. */
  shutdown(): void;
  getState(): ReturnType<Worker["getState"]>;
  /** False while the worker takes no chunk: before and after it runs, and while the API rejects its credentials. */
  readonly isReady: boolean;
  /** Why it takes no chunk, in words for people; undefined if it is ready. */
  readonly notReadyReason: string | undefined;
}

/**
 * How often a heartbeat is really sent: `status` shows a turn's progress with this delay, and a worker learns with this delay
 * of a pause or a cancel that was signalled elsewhere. Temporal's default would be 8 s.
 */
const HEARTBEAT_THROTTLE = "3 seconds";

/**
 * Temporal's SDK interrupts workflow code that takes longer than 5 s by the clock, also if the process or the machine stood
 * still meanwhile. An interrupted workflow may be broken, and the worker with it. The types of the SDK do not name the option.
 */
export const WORKFLOW_CODE_LIMIT: object = { isolateExecutionTimeout: "10 minutes" };

/** A turn that is stopped finishes its writes in flight; this is longer than any of them may take. */
const SHUTDOWN_GRACE = "1 second";
const SHUTDOWN_FORCE = "45 seconds";

/**
 * A worker for the batches of one API endpoint. It runs the workflows of all of them, and works the chunks of its account's.
 * While the API rejects its credentials it works no chunk, and tries them again after 5 s, growing to 5 min.
 */
export async function createBatchWorker(options: BatchWorkerOptions): Promise<BatchWorker> {
  const { connection, namespace, endpoint, account, identity, mayBegin = Promise.resolve(), keyring } = options;
  const key = endpointKey(endpoint);
  const access = new AccountAccess(options.api);
  const queues = new RequestQueues(options.rateLimiter, { slots: options.maxInFlight });
  const activities = createActivities({ ...options, access, queues });
  const only = (...names: (keyof typeof activities)[]) =>
    Object.fromEntries(names.map((name) => [name, activities[name]]));
  const common = {
    connection,
    namespace,
    // 16 lanes have one chunk each; the rest is short.
    maxConcurrentActivityTaskExecutions: 24,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    ...(identity !== undefined && { identity }),
    dataConverter: dataConverterOf(keyring),
  };
  const workflows = await Worker.create({
    ...common,
    taskQueue: taskQueueOf(endpoint),
    workflowBundle: await readBundle(keyring),
    activities: only("sendOrders", "finishBatch"),
    maxCachedWorkflows: 100,
    ...(await versionOptionsOf(options.deployment)),
    ...WORKFLOW_CODE_LIMIT,
  });
  // Without a version: a lane has batches of several accounts, whose workers are not replaced at the same time.
  const chunks = new AccountWorker({
    access,
    log: Runtime.instance().logger,
    mayBegin,
    openWorker: () =>
      Worker.create({
        ...common,
        taskQueue: chunkQueueOf(key, account),
        activities: only("workChunk", "attend"),
        interceptors: { activity: [chunkLogFields] },
      }),
    openRejectedWorker: () =>
      Worker.create({ ...common, taskQueue: rejectedQueueOf(key, account), activities: only("rejection") }),
  });
  const { metrics, rateLimiter } = options;
  const taskQueue = taskQueueOf(endpoint);
  const isPolling = (): boolean => workflows.getState() === "RUNNING" && chunks.isWorking;
  const client = new Client({ connection, namespace, dataConverter: common.dataConverter });
  const sample = (): Disposable | undefined =>
    metrics && startSampling(metrics, { rateLimiter, queues, client, taskQueue, isPolling });
  const watch = (): Disposable => watchForHalted({ client, taskQueue, log: Runtime.instance().logger });
  return runTogether(workflows, chunks, [sample, watch]);
}

/** The bundle by its path, or its code if failures are encrypted. */
async function readBundle(keyring: Keyring | undefined): Promise<WorkflowBundleOption> {
  const code = await readWorkflowBundle();
  return keyring ? { code: ENCODE_FAILURES + code.toString() } : { codePath: workflowBundlePath };
}

/**
 * If one of the two ends or fails, so does the other.
 * @param watches what the process does from time to time while they run, until the results are disposed of
 */
function runTogether(
  workflows: Worker,
  chunks: AccountWorker,
  watches: readonly (() => Disposable | undefined)[],
): BatchWorker {
  const shutdown = (): void => {
    chunks.shutdown();
    if (workflows.getState() === "RUNNING") workflows.shutdown();
  };
  return {
    async run() {
      const started = watches.map((watch) => watch());
      const ends = await Promise.allSettled([workflows.run().finally(shutdown), chunks.run().finally(shutdown)]);
      for (const each of started) each?.[Symbol.dispose]();
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    },
    shutdown,
    getState: () => workflows.getState(),
    get isReady() {
      return workflows.getState() === "RUNNING" && chunks.isWorking;
    },
    get notReadyReason() {
      const state = workflows.getState();
      if (state === "RUNNING") return chunks.obstacle;
      if (state === "FAILED") return "the worker has failed";
      return state === "INITIALIZED" ? "the worker has not started" : "the worker is shutting down";
    },
  };
}
