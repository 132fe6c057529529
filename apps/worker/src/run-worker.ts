import { openLedger, type Ledger } from "@caselink/ledger";
import { createRateLimiter } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import {
  createApiConnector,
  createBatchWorker,
  type BatchWorker,
  type Keyring,
  type WorkerDeployment,
} from "@caselink/workflows";
import { DefaultLogger, type LogLevel, NativeConnection, Runtime } from "@temporalio/worker";
import { clientOptionsOf, ConfigError, readApiConfig, type Environment } from "./config.ts";
import { describeVersion, ownVersion, readDeployment, type OwnVersion } from "./deployment.ts";
import { parseAddress, serveHealth } from "./health-server.ts";
import { explainTemporalFailure } from "./explain-temporal-failure.ts";
import { readKeyring } from "./read-keyring.ts";
import { TemporalConnectionError } from "./temporal-connection-error.ts";
import { namesCluster, readTemporalConfig } from "./temporal-config.ts";

const LOG_LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const satisfies LogLevel[];

/** Sets up Temporal's process-wide runtime. To be called once in a process, before the first connection. */
export function installRuntime(env: Environment, fallback: LogLevel): void {
  const level = env["CASELINK_LOG_LEVEL"]?.toUpperCase() ?? fallback;
  const known = LOG_LEVELS.find((name) => name === level);
  if (!known) throw new ConfigError(`CASELINK_LOG_LEVEL is "${level}"; it takes one of ${LOG_LEVELS.join(", ")}`);
  const metrics = env["CASELINK_METRICS_ADDRESS"];
  Runtime.install({
    logger: new DefaultLogger(known, (entry) => {
      const { level: severity, message, timestampNanos, meta } = entry;
      const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
      process.stderr.write(`${JSON.stringify({ time, level: severity, message, ...plain(meta) })}\n`);
    }),
    telemetryOptions: {
      logging: {
        filter: `temporalio_sdk_core=${known === "INFO" ? "WARN" : known},temporalio_client=${known === "INFO" ? "WARN" : known}`,
        forward: {},
      },
      ...(metrics && {
        metrics: { prometheus: { bindAddress: metricsAddress(metrics) } },
      }),
    },
    // The caller handles signals.
    shutdownSignals: [],
  });
}

export interface WorkerConnections {
  connection: NativeConnection;
  namespace: string;
  ledger: string;
  /** The worker works no chunk before it resolves. Default: from the start. */
  mayBegin?: Promise<unknown> | undefined;
  /** Encrypts what Temporal stores of batches. Default: nothing is encrypted. */
  keyring?: Keyring | undefined;
  /** The worker's version among those of the cluster. Default: none. */
  deployment?: WorkerDeployment | undefined;
}

/** A worker for the API and the account that the environment names, on an open connection to Temporal. */
export async function createWorker(env: Environment, place: WorkerConnections): Promise<BatchWorker> {
  const config = readApiConfig(env);
  const { endpoint, account, maxRate, maxInFlight } = config;
  const rateLimiter = createRateLimiter(maxRate === undefined ? {} : { maxRate });
  const fetch = createNodeTransport({ connections: maxInFlight });
  const api = createApiConnector({ ...clientOptionsOf(config), rateLimiter, fetch });
  const ledger = openLedger(place.ledger);
  const { connection, namespace, mayBegin, keyring, deployment } = place;
  void warnOfPlainStorage(ledger);
  return createBatchWorker({
    connection,
    namespace,
    endpoint,
    account,
    api,
    rateLimiter,
    ledger,
    maxInFlight,
    mayBegin,
    keyring,
    deployment,
  });
}

/** Logs once if the ledger's storage has no conditional writes. A storage that does not respond is reported where it is used. */
async function warnOfPlainStorage(ledger: Ledger): Promise<void> {
  const isPlain = await ledger.hasConditionalWrites().then(
    (hasThem) => !hasThem,
    () => false,
  );
  if (!isPlain) return;
  Runtime.instance().logger.warn(
    "the storage of the ledger has no conditional writes (If-None-Match): each turn waits 3 s before it writes. Storage with conditional writes is faster.",
    { ledger: ledger.location },
  );
}

/**
 * Runs the deployable worker until the signal is aborted. `caselink worker` on a cluster calls it, too.
 *
 * @param onRunning called once when the worker is about to poll, with its version if it has one
 */
export async function runWorker(
  env: Environment,
  until: AbortSignal,
  onRunning?: (version?: OwnVersion) => void,
): Promise<void> {
  const temporal = readTemporalConfig(env);
  if (!namesCluster(temporal)) throw new ConfigError("no Temporal cluster is named: set TEMPORAL_ADDRESS");
  const ledger = env["CASELINK_LEDGER"];
  if (!ledger)
    throw new ConfigError(
      "no ledger is named: set CASELINK_LEDGER to the folder, or the s3://bucket/prefix, that all machines share",
    );
  readApiConfig(env); // reports a missing value before any connection is opened
  const keyring = readKeyring(env);
  const deployment = await ownVersion(readDeployment(env));
  const health = env["CASELINK_HEALTH_ADDRESS"];
  const healthAddress = health === undefined ? undefined : parseAddress("CASELINK_HEALTH_ADDRESS", health);
  await openLedger(ledger).check(); // a worker that cannot reach it would delay every batch that it works
  installRuntime(env, "INFO");
  const connection = await NativeConnection.connect(temporal.connectionOptions).catch(async (error: unknown) => {
    throw new TemporalConnectionError(await explainTemporalFailure(error, temporal), error);
  });
  try {
    const { namespace = "default" } = temporal;
    const worker = await createWorker(env, { connection, namespace, ledger, keyring, deployment });
    if (deployment) await logVersion(connection, namespace, deployment);
    const server = healthAddress && (await serveHealth(worker, healthAddress));
    try {
      onRunning?.(deployment);
      await runUntil(worker, until);
    } finally {
      server?.close();
    }
  } finally {
    await connection.close();
  }
}

async function logVersion(connection: NativeConnection, namespace: string, version: OwnVersion): Promise<void> {
  const { level, text } = await describeVersion(connection, namespace, version);
  Runtime.instance().logger.log(level, text, { deployment: version.name, build_id: version.buildId });
}

/** Runs a worker until the signal is aborted and its requests in flight have ended. */
export async function runUntil(worker: BatchWorker, until: AbortSignal): Promise<void> {
  const stop = (): void => {
    if (worker.getState() === "RUNNING") worker.shutdown();
  };
  until.addEventListener("abort", stop, { once: true });
  const running = worker.run();
  if (until.aborted) stop();
  try {
    await running;
  } finally {
    until.removeEventListener("abort", stop);
  }
}

function metricsAddress(address: string): string {
  const { host, port } = parseAddress("CASELINK_METRICS_ADDRESS", address);
  return `${host}:${port}`;
}

/** Log fields that JSON can represent; an error becomes its message. */
function plain(meta: Record<string, unknown> | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(meta ?? {})) {
    fields[name] = value instanceof Error ? value.message : typeof value === "bigint" ? value.toString() : value;
  }
  return fields;
}
