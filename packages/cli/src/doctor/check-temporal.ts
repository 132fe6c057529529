import { Client, type Connection } from "@temporalio/client";
import { readApiConfig, readEndpoint, type Environment } from "@caselink/worker/config";
import { chunkQueueOf, endpointKey, findVersionWaits, taskQueueOf } from "@caselink/workflows";
import { connectToCluster, isDenied, withLimit } from "../cluster/cluster-connection.ts";
import { findPresentTemporalCli } from "../local/find-temporal-cli.ts";
import { hasLocalTemporal } from "../local/local-users.ts";
import { describeVersionWait } from "../screen/version-wait.ts";
import type { Settings } from "../settings.ts";
import { failed, messageOf, ok, warning, type Finding } from "./finding.ts";

/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITIES = 2;

/** Checks that batches can run: on the configured cluster, else on this machine. Starts and installs nothing. */
export async function checkTemporal(settings: Settings): Promise<Finding[]> {
  return settings.isLocal ? [await checkLocal(settings)] : checkCluster(settings);
}

async function checkLocal({ env, home }: Settings): Promise<Finding> {
  try {
    const cli = await findPresentTemporalCli({ env: { ...env } });
    if (cli === undefined) {
      const message = "no Temporal CLI found; the first run installs one in seconds, or in minutes with Go";
      return warning("temporal", message, "To avoid that, put temporal on the PATH or set CASELINK_TEMPORAL_CLI.");
    }
    const isRunning = await hasLocalTemporal(home);
    return ok(
      "temporal",
      isRunning ? `local mode with ${cli}; running` : `local mode with ${cli}; started when needed`,
    );
  } catch (error) {
    return failed("temporal", messageOf(error), "Fix it, or set TEMPORAL_ADDRESS to use a cluster.", "configuration");
  }
}

async function checkCluster({ env, temporal }: Settings): Promise<Finding[]> {
  const { connectionOptions, namespace = "default" } = temporal;
  const { findings, connection: opened } = await connectToCluster(temporal);
  if (!opened) return findings;
  const { connection, close } = opened;
  const address = connectionOptions.address ?? "";
  try {
    return await withLimit(connection, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      const connected = ok("temporal", `connected to ${address}, namespace ${namespace} exists`);
      const workers = await checkWorkers(connection, namespace, env);
      return [connected, ...workers, ...(await checkVersions(connection, namespace, env))];
    });
  } catch (error) {
    const message = `connected to ${address}, but not to its namespace ${namespace} (${messageOf(error)})`;
    const cause = isDenied(error) ? "configuration" : undefined;
    return [
      failed("temporal", message, "Check TEMPORAL_NAMESPACE and the rights of the API key or certificate.", cause),
    ];
  } finally {
    await close();
  }
}

/** Reports batches that wait for workers of another version, whatever their account is. */
async function checkVersions(connection: Connection, namespace: string, env: Environment): Promise<Finding[]> {
  let taskQueue: string;
  try {
    taskQueue = taskQueueOf(readEndpoint(env));
  } catch {
    return []; // the check of the configuration reports it
  }
  // A server that does not know versions has no batch that waits for one.
  const nothing = { waits: [] };
  const { waits } = await findVersionWaits(new Client({ connection, namespace }), taskQueue).catch(() => nothing);
  return waits.map((wait) => {
    const { message: what, advice: fix } = describeVersionWait(wait);
    return warning("temporal", what, fix);
  });
}

async function checkWorkers(connection: Connection, namespace: string, env: Environment): Promise<Finding[]> {
  let name: string;
  try {
    const { endpoint, account } = readApiConfig(env);
    name = chunkQueueOf(endpointKey(endpoint), account);
  } catch {
    return []; // the check of the configuration reports it
  }
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum is in a package that the command does not need
    taskQueueType: ACTIVITIES,
  });
  if ((pollers ?? []).length > 0) return [ok("temporal", "a worker for this API and this account is running")];
  const message = "no worker for this API and this account is running: batches wait";
  return [warning("temporal", message, "Start one with the same credentials: caselink worker")];
}
