import { Context } from "@temporalio/activity";
import type { Ledger } from "@caselink/ledger";
import type { RateLimiter } from "@caselink/sdk";
import { ApiChecksByBatch } from "../batch/api-checks.ts";
import { FairRateLimiter } from "../rate/fair-rate-limiter.ts";
import type { BatchActivities } from "../workflow/activity-types.ts";
import {
  PAUSE_BATCH_SIGNAL,
  laneWorkflowId,
  LANE_WORKFLOW,
  OFFER_SIGNAL,
  SET_MAX_RATE_SIGNAL,
  RESUME_BATCH_SIGNAL,
  REMOVE_BATCH_SIGNAL,
  type BatchReference,
  type LaneAddress,
  type LaneInput,
  type Offer,
} from "../workflow/contracts.ts";
import { AccountAccess } from "./account-access.ts";
import { toActivityFailure } from "./activity-failure.ts";
import type { ApiConnector } from "./api-connector.ts";
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
}

const SIGNALS = {
  remove: REMOVE_BATCH_SIGNAL,
  pause: PAUSE_BATCH_SIGNAL,
  resume: RESUME_BATCH_SIGNAL,
  setMaxRate: SET_MAX_RATE_SIGNAL,
} as const;

/** The activities over their dependencies. */
export function createActivities({
  api,
  ledger,
  maxInFlight,
  rateLimiter,
  access = new AccountAccess(api),
}: ActivityDependencies): BatchActivities {
  const fairLimiter = new FairRateLimiter(rateLimiter);
  const records = new BatchRecords(ledger);
  const running = new RunningChunks();
  const apiChecks = new ApiChecksByBatch(access.credentials);
  const chunks = new ChunkActivity({
    api,
    ledger,
    maxInFlight,
    rateLimiter: fairLimiter,
    records,
    running,
    apiChecks,
    symmetry: new ApiSymmetry(ledger, api.endpoint, Date.now),
  });

  return {
    async workChunk(task) {
      const result = await chunks.run(task);
      access.note(result);
      return result;
    },
    attend: () => Promise.resolve(),
    rejection: () => Promise.resolve(access.rejection ?? null),

    async offerToLanes({ offers, ...lanes }) {
      await Promise.all(offers.map(({ lane, offer }) => signalLane(lanes, lane, OFFER_SIGNAL, offer)));
    },

    async signalLanes({ lanes, signal, batch, ...address }) {
      await Promise.all(lanes.map((lane) => signalLane(address, lane, SIGNALS[signal], batch)));
      // Workers elsewhere learn it from the responses to their heartbeats.
      if (signal === "resume") access.requestCheck();
      else if (signal === "setMaxRate") fairLimiter.setMaxRate(batch.batchId, batch.maxRate ?? undefined);
      else running.stop(batch.batchId);
    },

    async finishBatch({ batchId, state, startedAt, finishedAt }) {
      using _ = startHeartbeats(undefined);
      records.forget(batchId);
      apiChecks.forget(batchId);
      try {
        return await ledger.finish(batchId, {
          state,
          started_at: new Date(startedAt).toISOString(),
          finished_at: new Date(finishedAt).toISOString(),
        });
      } catch (error) {
        throw toActivityFailure(error, Context.current().info.attempt);
      }
    },
  };
}

/** Signals a lane, and starts it if it does not run. */
async function signalLane(
  address: LaneAddress,
  lane: string,
  signal: string,
  message: Offer | BatchReference,
): Promise<void> {
  const { client, info } = Context.current();
  await client.workflow.signalWithStart(LANE_WORKFLOW, {
    workflowId: laneWorkflowId(address.endpointKey, lane),
    taskQueue: info.taskQueue,
    args: [{ ...address, lane } satisfies LaneInput],
    signal,
    signalArgs: [message],
  });
}
