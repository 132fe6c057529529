import { Context } from "@temporalio/activity";
import type { Ledger } from "@caselink/ledger";
import type { Pace } from "@caselink/sdk";
import { FirstContacts } from "../batch/api-checks.ts";
import { BatchPaces } from "../rate/fair-rate-limiter.ts";
import type { BatchActivities } from "../workflow/activity-types.ts";
import {
  HOLD_SIGNAL,
  laneWorkflowId,
  LANE_WORKFLOW,
  OFFER_SIGNAL,
  RATE_SIGNAL,
  WAKE_SIGNAL,
  WITHDRAW_SIGNAL,
  type BatchReference,
  type LaneAddress,
  type LaneInput,
  type Offer,
} from "../workflow/contracts.ts";
import { toActivityFailure } from "./activity-failure.ts";
import type { ApiConnector } from "./api-connector.ts";
import { BatchRecords } from "./batch-records.ts";
import { ChunkActivity } from "./chunk-activity.ts";
import { startHeartbeats } from "./heartbeats.ts";
import { RunningChunks } from "./running-chunks.ts";

export interface ActivityDependencies {
  api: ApiConnector;
  ledger: Ledger;
  /** Requests in flight in this process, over all chunks. */
  inFlight: number;
  /** The process's pace, with its maximum; divided evenly between the batches that have work. */
  pace: Pace;
}

const SIGNALS = { withdraw: WITHDRAW_SIGNAL, hold: HOLD_SIGNAL, wake: WAKE_SIGNAL, rate: RATE_SIGNAL } as const;

/** The activities over their dependencies. */
export function createActivities({ api, ledger, inFlight, pace }: ActivityDependencies): BatchActivities {
  const paces = new BatchPaces(pace);
  const records = new BatchRecords(ledger);
  const running = new RunningChunks();
  const contacts = new FirstContacts();
  const chunks = new ChunkActivity({ api, ledger, inFlight, paces, records, running, contacts });

  return {
    workChunk: (task) => chunks.run(task),

    async offerToLanes({ offers, ...lanes }) {
      await Promise.all(offers.map(({ lane, offer }) => signalLane(lanes, lane, OFFER_SIGNAL, offer)));
    },

    async signalLanes({ lanes, signal, batch, ...address }) {
      await Promise.all(lanes.map((lane) => signalLane(address, lane, SIGNALS[signal], batch)));
      // Workers elsewhere learn it from the responses to their heartbeats.
      if (signal === "rate") paces.setMaxRate(batch.batchId, batch.maxRate ?? undefined);
      else if (signal !== "wake") running.stop(batch.batchId);
    },

    async finishBatch({ batchId, state, startedAt, finishedAt }) {
      using _ = startHeartbeats(undefined);
      records.forget(batchId);
      contacts.forget(batchId);
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
