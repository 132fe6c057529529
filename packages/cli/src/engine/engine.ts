import type { BatchClient } from "@caselink/workflows";
import type { Output } from "../output.ts";

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

/** Does something with Temporal until it is done, or the local worker or the local Temporal is lost; leaves it then. */
export async function useEngine<T>(engine: Engine, output: Output, work: () => Promise<T>): Promise<T> {
  try {
    return await Promise.race([work(), engine.lost]);
  } finally {
    await closeEngine(engine, output);
  }
}

/** Leaves Temporal. What fails at it is told, and no more: what was done is done, and the exit status says how that went. */
export async function closeEngine(engine: Engine, output: Output): Promise<void> {
  await engine.close().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    output.note(`Temporal was not left in good order (${reason}). Nothing is lost by that.`);
  });
}
