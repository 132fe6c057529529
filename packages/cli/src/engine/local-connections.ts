import { Client } from "@temporalio/client";
import { NativeConnection } from "@temporalio/worker";
import { createWorker, installRuntime, runUntil } from "@caselink/worker";
import type { Environment } from "@caselink/worker/config";
import { BatchClient, batchWorkflowId } from "@caselink/workflows";
import { LOCAL_CHANNEL_ARGUMENTS } from "../local/temporal-health.ts";
import { connectClient } from "./connect-client.ts";
import { runAll } from "./run-all.ts";

/** The connections of a process to the local Temporal. Loading this module loads Temporal's client and worker. */
export interface LocalConnections {
  batches: BatchClient;
  /** Resolves when the worker ends, rejects if it fails; undefined without a worker. */
  working: Promise<void> | undefined;
  /** Lets the worker finish the requests in flight. */
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

interface LocalWorkerOptions {
  env: Environment;
  ledger: string;
  /** See {@link EngineOptions.mayBegin}. */
  mayBegin: Promise<unknown> | undefined;
}

/** Connects a client and, if `workerOptions` are given, a worker for the API that the environment names. */
export async function connectLocally(
  address: string,
  workerOptions: LocalWorkerOptions | undefined,
): Promise<LocalConnections> {
  const [{ connection, close }, worker] = await Promise.all([
    connectClient({ address, channelArgs: LOCAL_CHANNEL_ARGUMENTS }),
    workerOptions && startWorker(address, workerOptions),
  ]);
  return {
    batches: new BatchClient(new Client({ connection })),
    working: worker?.running,
    stopWorker: async () => worker?.stop(),
    close,
  };
}

/** The batch's page in the web interface of a local Temporal. */
export function webPageOf(ui: string, batchId: string): string {
  return `${ui}/namespaces/default/workflows/${encodeURIComponent(batchWorkflowId(batchId))}`;
}

async function startWorker(address: string, { env, ledger, mayBegin }: LocalWorkerOptions) {
  installRuntime(env, "ERROR");
  const connection = await NativeConnection.connect({ address });
  const worker = await createWorker(env, { connection, namespace: "default", ledger, mayBegin });
  const stopping = new AbortController();
  const running = runUntil(worker, stopping.signal);
  return {
    running,
    async stop() {
      stopping.abort();
      await runAll([() => running, () => connection.close()]);
    },
  };
}
