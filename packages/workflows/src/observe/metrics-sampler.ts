import type { Client } from "@temporalio/client";
import type { RateLimiter } from "@caselink/sdk";
import type { RequestQueues } from "../rate/request-queues.ts";
import type { EngineMetrics } from "./engine-metrics.ts";
import { readOpenBatches } from "./open-batches.ts";

/** A scrape that is more frequent than this sees the same values again. */
const RATES_MS = 5_000;
/** Each asks Temporal for the open batches, and each of these for its state. */
const BATCHES_MS = 30_000;

export interface SampledProcess {
  rateLimiter: RateLimiter;
  queues: RequestQueues;
  /** Lists the batches of the task queue. */
  client: Client;
  taskQueue: string;
  /** Whether the worker polls for chunks. */
  isPolling: () => boolean;
}

/** Shows the present rates, waiting requests and open batches, now and from time to time, until it is disposed of. */
export function startSampling(metrics: EngineMetrics, sampled: SampledProcess): Disposable {
  const { rateLimiter, queues, client, taskQueue, isPolling } = sampled;
  let isReading = false;
  const showProcess = (): void => {
    metrics.showRates(rateLimiter.readings?.() ?? []);
    metrics.showWaitingRequests(queues.waiting());
    metrics.showPolling(isPolling());
  };
  async function showBatches(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      metrics.showBatches(await readOpenBatches(client, taskQueue));
    } catch {
      // Temporal does not respond: its own metrics say so, and the last values stay.
    } finally {
      isReading = false;
    }
  }
  showProcess();
  void showBatches();
  const timers = [setInterval(showProcess, RATES_MS), setInterval(() => void showBatches(), BATCHES_MS)];
  return {
    [Symbol.dispose]: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
