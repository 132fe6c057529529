import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, NativeConnection, Runtime } from "@temporalio/worker";
import type { BatchRecord } from "@caselink/ledger";
import type { RateLimiter } from "@caselink/sdk";
import type { SimulatorConfig } from "@caselink/simulator";
import {
  BatchClient,
  createBatchWorker,
  dataConverterOf,
  outlastFailures,
  type BatchClientOptions,
  type BatchProgress,
  type BatchWorker,
  type BatchWorkerOptions,
  type Keyring,
} from "../../src/index.ts";
import { taskQueueOf } from "../../src/workflow/task-queues.ts";
import { expect, onTestFailed } from "vitest";
import { describeOpenWorkflows } from "./describe-open-workflows.ts";
import { openEngineHarness, type EngineHarness } from "./engine-harness.ts";
import { noRateLimit } from "./request-queues.ts";

type OwnOptions = Partial<Pick<BatchWorkerOptions, "account" | "api" | "mayBegin" | "keyring" | "deployment">>;

/** A harness with a Temporal server and a worker that can be stopped and started. */
export interface TemporalHarness extends EngineHarness {
  client: Client;
  batches: BatchClient;
  startWorker(): Promise<void>;
  /** Starts a further worker, which runs until the harness is disposed of. */
  addWorker(options: OwnOptions): Promise<BatchWorker & AsyncDisposable>;
  /** Stops the worker after its requests in flight have ended, as on SIGTERM. */
  stopWorker(): Promise<void>;
  /** Starts a batch, and changes the API in the moment in which it has written so many associations. */
  startAndChange(record: BatchRecord, written: number, changes: SimulatorConfig): Promise<void>;
  /** Ends all scripted faults and resumes a batch. A blocked batch also tries again by itself: no request is served before. */
  repairAndResume(batchId: string, changes?: SimulatorConfig): Promise<void>;
}

interface HarnessOptions {
  /** The worker's; default: no limit. */
  rateLimiter?: RateLimiter;
  /** Encrypts payloads of the client and the workers; default: nothing is encrypted. */
  keyring?: Keyring;
}

/** A query that Temporal gives up, or rejects because the last tasks of the workflow have failed, is sent again. */
class PatientBatchClient extends BatchClient {
  override progress(batchId: string): Promise<BatchProgress | undefined> {
    return outlastFailures(() => super.progress(batchId));
  }
}

let isRuntimeInstalled = false;

/**
 * @param address of a Temporal server. Task queue and lanes belong to the simulator's port, so no other test shares them.
 */
export async function openTemporalHarness(
  address: string,
  config: SimulatorConfig = {},
  { rateLimiter = noRateLimit, keyring, ...options }: BatchClientOptions & HarnessOptions = {},
): Promise<TemporalHarness> {
  if (!isRuntimeInstalled) Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [] });
  isRuntimeInstalled = true;
  const harness = await openEngineHarness(config);
  const connection = await Connection.connect({ address, connectTimeout: "5 minutes" });
  const client = new Client({ connection, identity: "test", dataConverter: dataConverterOf(keyring) });
  let isOpen = true;
  const describeOnFailure = async (): Promise<void> => {
    // Only a test that stands still leaves its workflows open.
    if (!isOpen) return;
    for (const line of await describeOpenWorkflows(client, `TaskQueue = '${taskQueueOf(harness.simulator.url)}'`))
      console.error(line);
  };
  // The script that records histories uses the harness outside of a test.
  if (expect.getState().currentTestName !== undefined) onTestFailed(describeOnFailure);
  let running: (BatchWorker & AsyncDisposable) | undefined;
  const added: AsyncDisposable[] = [];

  async function openWorker(own: OwnOptions): Promise<BatchWorker & AsyncDisposable> {
    const { connector, ledger, simulator } = harness;
    // Workers of one task queue cannot share a connection.
    const workerConnection = await NativeConnection.connect({ address });
    const worker = await createBatchWorker({
      connection: workerConnection,
      namespace: "default",
      endpoint: simulator.url,
      api: connector,
      ledger,
      maxInFlight: 64,
      rateLimiter,
      identity: "test",
      keyring,
      ...own,
    });
    const ended = worker.run();
    const close = async (): Promise<void> => {
      worker.shutdown();
      await ended;
      await workerConnection.close();
    };
    let closed: Promise<void> | undefined;
    return Object.assign(worker, { [Symbol.asyncDispose]: () => (closed ??= close()) });
  }

  async function addWorker(own: OwnOptions): Promise<BatchWorker & AsyncDisposable> {
    const worker = await openWorker(own);
    added.push(worker);
    return worker;
  }

  async function stopWorker(): Promise<void> {
    const worker = running;
    running = undefined;
    await worker?.[Symbol.asyncDispose]();
  }

  async function startWorker(): Promise<void> {
    running = await openWorker({});
  }

  const batches = new PatientBatchClient(client, options);

  async function startAndChange(record: BatchRecord, written: number, changes: SimulatorConfig): Promise<void> {
    const { simulator } = harness;
    // The response to the start may come long after the batch has ended.
    const changed = simulator
      .waitFor(({ counts }) => counts.written >= written)
      .then(() => simulator.configure(changes));
    await Promise.all([batches.start(record), changed]);
  }

  async function repairAndResume(batchId: string, changes: SimulatorConfig = {}): Promise<void> {
    harness.simulator.clearFaults();
    harness.simulator.configure({ ...changes, suspended: true });
    await batches.resume(batchId);
    harness.simulator.configure({ suspended: false });
  }

  await startWorker();
  return {
    ...harness,
    client,
    batches,
    startWorker,
    addWorker,
    stopWorker,
    startAndChange,
    repairAndResume,
    async [Symbol.asyncDispose]() {
      isOpen = false;
      // Workers end after their requests.
      harness.simulator.configure({ suspended: false });
      await Promise.all([stopWorker(), ...added.map((worker) => worker[Symbol.asyncDispose]())]);
      await connection.close();
      await harness[Symbol.asyncDispose]();
    },
  };
}
