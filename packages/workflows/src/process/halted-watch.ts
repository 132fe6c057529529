import type { Client } from "@temporalio/client";
import type { Logger } from "@temporalio/worker";
import { findHalted, type HaltedWorkflow, replaceHalted } from "../client/halted-workflows.ts";

/** With the half minute of the attempts, a halted batch goes on within a minute. */
const EVERY_MS = 20_000;

export interface HaltedWatchOptions {
  client: Client;
  /** The task queue of the workflows. */
  taskQueue: string;
  log: Pick<Logger, "warn">;
}

/**
 * Looks now and from time to time for batches and lanes that are halted, and lets them go on in new runs, until the result is
 * disposed of. Every worker does; the first one that finds a halted run replaces it.
 */
export function watchForHalted({ client, taskQueue, log }: HaltedWatchOptions): Disposable {
  let isLooking = false;
  let isOver = false;
  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    // Temporal that does not respond is asked again.
    for (const halted of await findHalted(client, taskQueue).catch(() => [])) await replace(halted);
    isLooking = false;
  }
  async function replace(halted: HaltedWorkflow): Promise<void> {
    if (isOver) return;
    const { workflowId, runId, attempt } = halted;
    try {
      if (await replaceHalted(client, taskQueue, halted))
        log.warn("no worker completed the task of a workflow: it goes on in a new run", { workflowId, runId, attempt });
    } catch (error) {
      log.warn("a workflow whose task no worker completes cannot go on", { workflowId, runId, error: String(error) });
    }
  }
  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      clearInterval(timer);
    },
  };
}
