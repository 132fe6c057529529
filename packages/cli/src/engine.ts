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
import type { Settings } from "./settings.ts";

/** Temporal, and in local mode a worker in this process. */
export interface Engine {
  batches: BatchClient;
  /** Settles only when the local worker or the local Temporal is lost for good; never in cluster mode. */
  lost: Promise<never>;
  /** The batch's page in Temporal's web interface; undefined where it is not known. */
  webPage(batchId: string): string | undefined;
  /** Lets the worker finish what is in flight and leaves. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** In local mode a worker runs in this process; default true. */
  withWorker?: boolean;
}

/** Opens Temporal: the configured cluster, else the local development server, started where it does not run. */
export async function openEngine(settings: Settings, output: Output, options: EngineOptions = {}): Promise<Engine> {
  return settings.isLocal ? openLocal(settings, output, options.withWorker ?? true) : openCluster(settings);
}

async function openCluster({ temporal }: Settings): Promise<Engine> {
  const connection = await Connection.connect(temporal.connectionOptions);
  const namespace = temporal.namespace ?? "default";
  return {
    batches: new BatchClient(new Client({ connection, namespace })),
    lost: new Promise<never>(() => undefined),
    webPage: () => undefined,
    close: () => connection.close(),
  };
}

async function openLocal(settings: Settings, output: Output, withWorker: boolean): Promise<Engine> {
  const { env, home } = settings;
  const log = (line: string): void => output.progress(line);
  await mkdir(home, { recursive: true });
  const cli = await findTemporalCli({ env, log });
  const server = await openLocalTemporal({ home, cli, log });
  const leaving = new AbortController();
  try {
    const connection = await Connection.connect({ address: server.address, channelArgs: LOCAL_CHANNEL_ARGUMENTS });
    const worker = withWorker ? await startLocalWorker(env, settings.ledgerLocation, server) : undefined;
    const alive = keepTemporalAlive(server, { log, signal: leaving.signal });
    return {
      batches: new BatchClient(new Client({ connection })),
      lost: neverEnding(Promise.race(worker ? [alive, worker.running] : [alive])),
      webPage: (batchId) => `${server.ui}/namespaces/default/workflows/${encodeURIComponent(batchWorkflowId(batchId))}`,
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
