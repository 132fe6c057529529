import type { Client } from "@temporalio/client";
import type { Logger } from "@temporalio/worker";
import { HaltedWorkflows } from "../client/halted-workflows.ts";
import { mayPass } from "../client/outlast-failures.ts";

/** With the half minute of the attempts, a halted batch goes on within a minute or two. */
const EVERY_MS = 20_000;

export interface HaltedWatchOptions {
  client: Client;
  /** The task queue of the workflows. */
  taskQueue: string;
  log: Pick<Logger, "warn">;
}

/**
 * Lets halted batches and lanes go on in new runs, until the result is disposed of. Every worker looks for them; the first one
 * that finds a halted run replaces it.
 */
export function watchForHalted({ client, taskQueue, log }: HaltedWatchOptions): Disposable {
  let isLooking = false;
  let isOver = false;
  let lastFailure: string | undefined;
  const workflows = new HaltedWorkflows({
    client,
    taskQueue,
    onReplaced: ({ workflowId, runId, failures }) =>
      log.warn("no worker completed the task of a workflow: it goes on in a new run", { workflowId, runId, failures }),
    onFailure(error, run) {
      // Temporal that does not respond is asked again, and a failure that lasts is logged once.
      if (isOver || mayPass(error) || String(error) === lastFailure) return;
      lastFailure = String(error);
      log.warn("halted workflows cannot go on in new runs", { ...run, error: lastFailure });
    },
  });
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    await workflows.look();
    isLooking = false;
  };
  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      clearInterval(timer);
    },
  };
}
