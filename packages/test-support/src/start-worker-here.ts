import { NativeConnection } from "@temporalio/worker";
import { inject } from "vitest";
import { ownVersion, readDeployment } from "../../../apps/worker/src/deployment.ts";
import { installRuntime } from "../../../apps/worker/src/install-runtime.ts";
import { createWorker, runUntil } from "../../../apps/worker/src/run-worker.ts";

/** A worker that runs in this process. */
export interface WorkerHere {
  /** Lets the worker finish its requests in flight. May be called twice. */
  stop(): Promise<void>;
}

let connection: Promise<NativeConnection> | undefined;

/** Starts a worker for the API and the ledger that the environment names, on the Temporal server of the test run. */
export async function startWorkerHere(env: NodeJS.ProcessEnv): Promise<WorkerHere> {
  const ledger = env["CASELINK_LEDGER"];
  if (ledger === undefined) throw new Error("CASELINK_LEDGER names no ledger");
  connection ??= connect(); // one for all tests of a file
  const deployment = await ownVersion(readDeployment(env));
  const worker = await createWorker(env, { connection: await connection, namespace: "default", ledger, deployment });
  const stopping = new AbortController();
  const running = runUntil(worker, stopping.signal);
  // `stop` rejects with it, too; the test may wait for a batch that has no worker any more.
  running.catch((error: unknown) => console.error("the worker of this test failed:", error));
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

function connect(): Promise<NativeConnection> {
  installRuntime({}, "ERROR");
  return NativeConnection.connect({ address: inject("temporalAddress") });
}
