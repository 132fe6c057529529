import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, type Worker } from "@temporalio/worker";
import type { RateLimiter } from "@caselink/sdk";
import type { SimulatorConfig } from "@caselink/simulator";
import { BatchClient, createBatchWorker, type BatchClientOptions } from "../../src/index.ts";
import { noRateLimit, openEngineHarness, type EngineHarness } from "./engine-harness.ts";

/** A harness with a Temporal server and a worker that can be stopped and started. */
export interface TemporalHarness extends EngineHarness {
  client: Client;
  batches: BatchClient;
  startWorker(): Promise<void>;
  /** Stops the worker after its requests in flight have ended, as on SIGTERM. */
  stopWorker(): Promise<void>;
}

let isRuntimeInstalled = false;

/**
 * @param address of a Temporal server. Task queue and lanes belong to the simulator's port, so no other test shares them.
 * `rateLimiter`: the worker's; default: no limit.
 */
export async function openTemporalHarness(
  address: string,
  config: SimulatorConfig = {},
  { rateLimiter = noRateLimit, ...options }: BatchClientOptions & { rateLimiter?: RateLimiter } = {},
): Promise<TemporalHarness> {
  if (!isRuntimeInstalled) Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  isRuntimeInstalled = true;
  const harness = await openEngineHarness(config);
  const connection = await Connection.connect({ address });
  const workerConnection = await NativeConnection.connect({ address });
  const client = new Client({ connection, identity: "test" });
  let running: { worker: Worker; ended: Promise<void> } | undefined;

  async function stopWorker(): Promise<void> {
    if (!running) return;
    const { worker, ended } = running;
    running = undefined;
    worker.shutdown();
    await ended;
  }

  async function startWorker(): Promise<void> {
    const { connector, ledger, simulator } = harness;
    const endpoint = simulator.url;
    const worker = await createBatchWorker({
      connection: workerConnection,
      namespace: "default",
      endpoint,
      api: connector,
      ledger,
      maxInFlight: 64,
      rateLimiter,
      identity: "test",
    });
    running = { worker, ended: worker.run() };
  }

  await startWorker();
  return {
    ...harness,
    client,
    batches: new BatchClient(client, options),
    startWorker,
    stopWorker,
    async [Symbol.asyncDispose]() {
      await stopWorker();
      await workerConnection.close();
      await connection.close();
      await harness[Symbol.asyncDispose]();
    },
  };
}
