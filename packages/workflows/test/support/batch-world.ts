import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime, type Worker } from "@temporalio/worker";
import type { Pace } from "@caselink/sdk";
import type { SimulatorConfig } from "@caselink/simulator";
import { BatchClient, createBatchWorker, type BatchClientOptions } from "../../src/index.ts";
import { openPace, openWorld, type World } from "./world.ts";

/** A world with a Temporal server and a worker that can be stopped and started. */
export interface BatchWorld extends World {
  client: Client;
  batches: BatchClient;
  startWorker(): Promise<void>;
  /** Lets the worker finish what is in flight, as on SIGTERM. */
  stopWorker(): Promise<void>;
}

let isRuntimeInstalled = false;

/** @param address of a Temporal server. `pace`: of the worker; default: none. The simulator's port makes task queue and lanes the world's own. */
export async function openBatchWorld(
  address: string,
  config: SimulatorConfig = {},
  { pace = openPace, ...options }: BatchClientOptions & { pace?: Pace } = {},
): Promise<BatchWorld> {
  if (!isRuntimeInstalled) Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  isRuntimeInstalled = true;
  const world = await openWorld(config);
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
    const { connector, ledger, simulator } = world;
    const endpoint = simulator.url;
    const worker = await createBatchWorker({
      connection: workerConnection,
      namespace: "default",
      endpoint,
      api: connector,
      ledger,
      maxInFlight: 64,
      rateLimiter: pace,
      identity: "test",
    });
    running = { worker, ended: worker.run() };
  }

  await startWorker();
  return {
    ...world,
    client,
    batches: new BatchClient(client, options),
    startWorker,
    stopWorker,
    async [Symbol.asyncDispose]() {
      await stopWorker();
      await workerConnection.close();
      await connection.close();
      await world[Symbol.asyncDispose]();
    },
  };
}
