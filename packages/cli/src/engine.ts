import { mkdir } from "node:fs/promises";
import { Client, Connection } from "@temporalio/client";
import { NativeConnection, type Worker } from "@temporalio/worker";
import { createWorker, installRuntime, runUntil } from "@caselink/worker";
import type { Environment } from "@caselink/worker/config";
import { BatchClient, batchWorkflowId } from "@caselink/workflows";
import { findTemporalCli } from "./local/find-temporal-cli.ts";
import { keepTemporalAlive } from "./local/keep-temporal-alive.ts";
import { openLocalTemporal, type LocalTemporal } from "./local/local-temporal.ts";
import { LOCAL_CHANNEL_ARGUMENTS } from "./local/temporal-health.ts";
import type { Output } from "./output.ts";
import { requireSharedLedger, type Settings } from "./settings.ts";
import { TemporalUnreachableError } from "./temporal-unreachable-error.ts";

/** Temporal, and in local mode a worker in this process. */
export interface Engine {
  batches: BatchClient;
  /** Settles only when the local worker or the local Temporal is lost for good; never in cluster mode. */
  lost: Promise<never>;
  /** The batch's page in Temporal's web interface; undefined where it is not known. */
  webPage(batchId: string): string | undefined;
  /** How the batch goes on when this command is left. */
  whenLeft: string;
  /** What to look at when nothing answers for the batch; undefined where the worker is in this process. */
  whenSilent: string | undefined;
  /** Lets the worker finish what is in flight and leaves. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** In local mode a worker runs in this process; default true. */
  withWorker?: boolean;
  /** Ends the wait for the local Temporal, which is installed where it is missing. */
  signal?: AbortSignal;
}

/** Opens Temporal: the configured cluster, else the local development server, started where it does not run. */
export async function openEngine(settings: Settings, output: Output, options: EngineOptions = {}): Promise<Engine> {
  return settings.isLocal ? openLocal(settings, output, options) : openCluster(settings, output);
}

async function openCluster(settings: Settings, output: Output): Promise<Engine> {
  requireSharedLedger(settings);
  const { temporal, ledgerLocation } = settings;
  const { connectionOptions } = temporal;
  const connection = await Connection.connect(connectionOptions).catch((error: unknown) => {
    throw new TemporalUnreachableError(connectionOptions.address ?? "its address", error);
  });
  const namespace = temporal.namespace ?? "default";
  return {
    batches: new BatchClient(new Client({ connection, namespace }), {
      onMissingSearchAttributes: (names) =>
        output.progress(
          `The batch cannot be searched for by its state: the cluster does not know ${names.join(", ")}. To mend that, once:\n  temporal operator search-attribute create ${names.map((name) => `--name ${name} --type Keyword`).join(" ")} --namespace ${namespace}`,
        ),
    }),
    lost: new Promise<never>(() => undefined),
    webPage: () => undefined,
    whenLeft: "without this command",
    whenSilent: `No worker has answered yet; the batch begins as soon as one runs for this API.
  Is there one?  caselink worker   with the same CASELINK_ENDPOINT and CASELINK_LEDGER=${ledgerLocation}`,
    close: () => connection.close(),
  };
}

async function openLocal(
  settings: Settings,
  output: Output,
  { withWorker = true, signal }: EngineOptions,
): Promise<Engine> {
  const { env, home } = settings;
  const log = (line: string): void => output.progress(line);
  await mkdir(home, { recursive: true });
  const cli = await findTemporalCli({ env, log, ...(signal && { signal }) });
  const server = await openLocalTemporal({ home, cli, log, ...(signal && { signal }) });
  const leaving = new AbortController();
  try {
    const connection = await Connection.connect({ address: server.address, channelArgs: LOCAL_CHANNEL_ARGUMENTS });
    const worker = withWorker ? await startLocalWorker(env, settings.ledgerLocation, server) : undefined;
    const alive = keepTemporalAlive(server, { log, signal: leaving.signal });
    return {
      batches: new BatchClient(new Client({ connection })),
      lost: neverEnding(Promise.race(worker ? [alive, worker.running] : [alive])),
      webPage: (batchId) => `${server.ui}/namespaces/default/workflows/${encodeURIComponent(batchWorkflowId(batchId))}`,
      whenLeft: "where it stopped",
      whenSilent: undefined,
      async close() {
        await worker?.stop();
        leaving.abort();
        await connection.close();
        await server.close({ waitForEnd: false });
      },
    };
  } catch (error) {
    leaving.abort();
    await server.close({ waitForEnd: false });
    throw error;
  }
}

/** Only a failure ends it: an orderly end is somebody leaving on purpose. */
async function neverEnding(work: Promise<void>): Promise<never> {
  await work;
  return new Promise<never>(() => undefined);
}

interface LocalWorker {
  running: Promise<void>;
  stop(): Promise<void>;
}

async function startLocalWorker(env: Environment, ledger: string, server: LocalTemporal): Promise<LocalWorker> {
  installRuntime(env, "ERROR");
  const connection = await NativeConnection.connect({ address: server.address });
  const worker: Worker = await createWorker(env, { connection, namespace: "default", ledger });
  const stopping = new AbortController();
  const running = runUntil(worker, stopping.signal);
  return {
    running,
    async stop() {
      stopping.abort();
      await running;
      await connection.close();
    },
  };
}
