import { Context } from "@temporalio/activity";
import type { BatchSummary, Ledger } from "@caselink/ledger";
import type { RateLimiter } from "@caselink/sdk";
import { ApiChecksByBatch } from "../batch/api-checks.ts";
import { noMetrics, type EngineMetrics } from "../observe/engine-metrics.ts";
import type { EngineTraces } from "../observe/engine-traces.ts";
import { countLedgerErrors } from "../observe/observed-ledger.ts";
import { RequestQueues } from "../rate/request-queues.ts";
import type { BatchActivities } from "../workflow/activity-types.ts";
import {
  laneWorkflowId,
  LANE_WORKFLOW,
  ORDER_SIGNAL,
  type LaneAddress,
  type LaneInput,
  type Order,
} from "../workflow/contracts.ts";
import { AccountAccess } from "./account-access.ts";
import { toActivityFailure } from "./activity-failure.ts";
import type { ApiConnector } from "./api-connector.ts";
import { ApiProfileReader } from "./api-profile-reader.ts";
import { ApiReadLag } from "./api-read-lag.ts";
import { ApiSymmetry } from "./api-symmetry.ts";
import { BatchRecords } from "./batch-records.ts";
import { ChunkActivity } from "./chunk-activity.ts";
import { startHeartbeats } from "./heartbeats.ts";
import { RunningChunks } from "./running-chunks.ts";

export interface ActivityDependencies {
  api: ApiConnector;
  ledger: Ledger;
  /** The most requests in flight in this process, over all chunks. */
  maxInFlight: number;
  /** Whether the API accepts the account; default: what the chunks meet. */
  access?: AccountAccess;
  /** The process's rate limiter, with its maximum; divided evenly between the batches that have work. */
  rateLimiter: RateLimiter;
  /** Default: a queue for each batch over the rate limiter. */
  queues?: RequestQueues;
  /** Counts and measures the work; default: no one does. */
  metrics?: EngineMetrics | undefined;
  /** Makes spans of the work; default: no one does. */
  traces?: EngineTraces | undefined;
}

/** The activities over their dependencies. */
export function createActivities({
  api,
  ledger: plainLedger,
  maxInFlight,
  rateLimiter,
  access = new AccountAccess(api),
  queues = new RequestQueues(rateLimiter, { slots: maxInFlight }),
  metrics = noMetrics,
  traces,
}: ActivityDependencies): BatchActivities {
  const ledger = countLedgerErrors(plainLedger, metrics);
  const records = new BatchRecords(ledger);
  const running = new RunningChunks();
  const apiChecks = new ApiChecksByBatch(access.credentials);
  const chunks = new ChunkActivity({
    api,
    ledger,
    maxInFlight,
    rateLimiter,
    queues,
    records,
    running,
    apiChecks,
    profile: new ApiProfileReader(ledger, api.endpoint, () => performance.now()),
    symmetry: new ApiSymmetry(ledger, api.endpoint),
    readLag: new ApiReadLag(ledger, api.endpoint),
    metrics,
    traces,
  });

  /** The batch's span needs its record. A ledger that cannot be read now costs the span, and not the end of the batch. */
  async function traceEnd(batchId: string, summary: BatchSummary): Promise<void> {
    const record = traces && (await ledger.batch(batchId).catch(() => undefined));
    if (record) traces?.batchEnded(record, summary);
  }

  return {
    async workChunk(task) {
      const result = await chunks.run(task);
      access.note(result);
      return result;
    },
    attend: () => Promise.resolve(),
    rejection: () => Promise.resolve(access.rejection ?? null),

    async sendOrders({ orders, stopsTurns, isResumed, ...lanes }) {
      const { workflowExecution, currentAttemptScheduledTimestampMs: at } = Context.current().info;
      const run = workflowExecution?.runId ?? "";
      await Promise.all(orders.map(({ lane, order }) => sendOrder(lanes, lane, { ...order, run })));
      if (isResumed) access.requestCheck();
      for (const { batchId, maxRate } of orders.map(({ order }) => order)) {
        // Workers elsewhere learn it from the responses to their heartbeats, and from their next turns.
        if (maxRate !== undefined) queues.setMaxRate(batchId, maxRate ?? undefined);
        if (stopsTurns) running.stop(batchId);
      }
      return { at };
    },

    async finishBatch({ batchId, state, startedAt, finishedAt }) {
      using _ = startHeartbeats();
      records.forget(batchId);
      apiChecks.forget(batchId);
      try {
        const summary = await ledger.finish(batchId, {
          state,
          started_at: new Date(startedAt).toISOString(),
          finished_at: new Date(finishedAt).toISOString(),
        });
        metrics.batchEnded(summary);
        await traceEnd(batchId, summary);
        return summary;
      } catch (error) {
        throw toActivityFailure(error, Context.current().info.attempt);
      }
    },
  };
}

/** Sends an order to a lane, and starts the lane if it does not run. */
async function sendOrder(address: LaneAddress, lane: string, order: Order): Promise<void> {
  const { client, info } = Context.current();
  await client.workflow.signalWithStart(LANE_WORKFLOW, {
    workflowId: laneWorkflowId(address.endpointKey, lane),
    taskQueue: info.taskQueue,
    args: [{ ...address, lane } satisfies LaneInput],
    signal: ORDER_SIGNAL,
    signalArgs: [order],
  });
}
