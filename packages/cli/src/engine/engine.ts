import type { BatchClient } from "@caselink/workflows";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";

/** A connection to Temporal, and in local mode a worker in this process. */
export interface Engine {
  batches: BatchClient;
  /** Rejects if the local worker or the local Temporal fails for good; never settles in cluster mode. */
  lost: Promise<never>;
  /** The batch's page in Temporal's web interface; undefined in cluster mode. */
  webPage(batchId: string): string | undefined;
  /** Says that the command can be closed; the `attach` command follows it on the screen. */
  detachHint: string;
  /** The advice if no worker responds; undefined if the worker is in this process. */
  noWorkerHint: string | undefined;
  /** Lets the worker finish the requests in flight, then closes the connections. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** In local mode a worker runs in this process; default true. */
  withWorker?: boolean;
  /** In local mode the worker works no chunk before it resolves; default: from the start. */
  mayBegin?: Promise<unknown> | undefined;
  /** Ends the wait for the local Temporal, including its installation. */
  signal?: AbortSignal;
}

/** Runs `work`, then closes the engine. Rejects if the local worker or the local Temporal fails meanwhile. */
export async function useEngine<T>(engine: Engine, output: Output, work: () => Promise<T>): Promise<T> {
  try {
    return await Promise.race([work(), engine.lost]);
  } finally {
    await closeEngine(engine, output);
  }
}

/** Closes the engine. A failure is only printed: the work is done and the exit status reports its result. */
export async function closeEngine(engine: Engine, output: Output): Promise<void> {
  await engine.close().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    output.note(t`Could not shut down Temporal cleanly (${translated(reason)}). No data was lost.`);
  });
}
