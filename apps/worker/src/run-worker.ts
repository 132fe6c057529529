import { openLedger, type Ledger } from "@caselink/ledger";
import { combineHooks, createRateLimiter, type Hooks } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import {
  createApiConnector,
  createBatchWorker,
  createEngineMetrics,
  endpointKey,
  requestMetricsHooks,
  type BatchWorker,
  type EngineMetrics,
  type Keyring,
  type WorkerDeployment,
} from "@caselink/workflows";
import { NativeConnection, Runtime } from "@temporalio/worker";
import { clientOptionsOf, ConfigError, readApiConfig, type ApiConfig, type Environment } from "./config.ts";
import { describeVersion, ownVersion, readDeployment, type OwnVersion } from "./deployment.ts";
import { explainTemporalFailure } from "./explain-temporal-failure.ts";
import { serveHealth } from "./health-server.ts";
import { watchHealth, type HealthCheck } from "./health.ts";
import { installRuntime } from "./install-runtime.ts";
import { parseAddress } from "./parse-address.ts";
import { readKeyring } from "./read-keyring.ts";
import { TemporalConnectionError } from "./temporal-connection-error.ts";
import { readMetricsConfig, readTracesConfig } from "./telemetry-config.ts";
import { namesCluster, readTemporalConfig } from "./temporal-config.ts";
import type { Traces } from "./traces.ts";

/** Shorter than a check may take, so that Temporal's own error is reported. */
const TEMPORAL_LIMIT_MS = 4_000;

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
  const metrics = readMetricsConfig(env) && metricsOf(config);
  const traces = await openTraces(env);
  const hooks = hooksOf(metrics, traces);
  const api = createApiConnector({ ...clientOptionsOf(config), rateLimiter, fetch, ...(hooks && { hooks }) });
  const ledger = openLedger(place.ledger);
  const { connection, namespace, mayBegin, keyring, deployment } = place;
  void warnOfPlainStorage(ledger);
  const worker = await createBatchWorker({
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
    metrics,
    traces: traces?.engine,
  });
  if (!traces) return worker;
  const run = worker.run.bind(worker);
  return Object.assign(worker, {
    async run() {
      try {
        await run();
      } finally {
        await traces.close();
      }
    },
  });
}

/** Metrics that leave by the exporter of Temporal's runtime. */
function metricsOf({ endpoint, account = "token" }: ApiConfig): EngineMetrics {
  const { metricMeter } = Runtime.instance();
  return createEngineMetrics(metricMeter.withTags({ endpoint: endpointKey(endpoint), account }));
}

/** OpenTelemetry is loaded only if the environment asks for traces. */
async function openTraces(env: Environment): Promise<Traces | undefined> {
  const config = readTracesConfig(env);
  return config && (await import("./traces.ts")).openTraces(config);
}

/** None if no one listens: without hooks a call costs less. */
function hooksOf(metrics: EngineMetrics | undefined, traces: Traces | undefined): Hooks | undefined {
  const counting = metrics && requestMetricsHooks(metrics);
  return counting && traces ? combineHooks(counting, traces.hooks) : (counting ?? traces?.hooks);
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
  // These report a bad value before any connection is opened.
  readApiConfig(env);
  readTracesConfig(env);
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
    using health = watchHealth(worker, healthAddress ? checksOf(connection, ledger) : []);
    const server = healthAddress && (await serveHealth(health, healthAddress));
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

/** Checks Temporal and the ledger. Whether the API works, the worker's own requests show. */
function checksOf(connection: NativeConnection, location: string): HealthCheck[] {
  const ledger = openLedger(location);
  return [
    { problem: "the ledger cannot be read", run: () => ledger.check() },
    {
      problem: "Temporal does not respond",
      run: () =>
        connection.withDeadline(Date.now() + TEMPORAL_LIMIT_MS, () => connection.workflowService.getSystemInfo({})),
    },
  ];
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
