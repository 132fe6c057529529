import { randomUUID } from "node:crypto";
import { identifyProcess, isRunning, processSpace } from "@caselink/common";
import { ApplicationFailure, CancelledFailure, Context } from "@temporalio/activity";
import { LedgerError, type BatchRecord, type LaneLease, type Ledger, type LedgerErrorCode } from "@caselink/ledger";
import type { Pace } from "@caselink/sdk";
import pLimit from "p-limit";
import { firstOf } from "../wait/abort-signals.ts";
import type { ApiConnector } from "./api-connector.ts";
import { BatchPaces } from "../rate/fair-rate-limiter.ts";
import { LaneLostError } from "../chunk/lane-lease.ts";
import { workChunk } from "../chunk/work-chunk.ts";
import { FirstContacts } from "../batch/api-checks.ts";
import {
  endpointKey,
  HOLD_SIGNAL,
  laneWorkflowId,
  LANE_WORKFLOW,
  OFFER_SIGNAL,
  RATE_SIGNAL,
  WAKE_SIGNAL,
  WITHDRAW_SIGNAL,
  type BatchReference,
  type ChunkBeat,
  type ChunkFailure,
  type LaneAddress,
  type LaneInput,
  type Offer,
} from "../workflow/contracts.ts";
import { RunningChunks } from "./running-chunks.ts";
import { sleep } from "../wait/sleep.ts";
import type { BatchActivities } from "../workflow/activity-types.ts";

export interface ActivityDependencies {
  api: ApiConnector;
  ledger: Ledger;
  /** Requests under way at once in this process, over all chunks. */
  inFlight: number;
  /** The process's pace, with its maximum; divided evenly between the batches that have work. */
  pace: Pace;
}

const BEAT_MS = 2_000;
/**
 * Tickets in hand for each request that may be under way: one that waits for its snapshot needs no request. What is in hand
 * beyond that only waits, and is copied by every garbage collection meanwhile.
 */
const IN_HAND_PER_REQUEST = 3;
/** A snapshot is stored for so many tickets in one go at least, where there are so many: an object store counts its writes. */
const LEAST_IN_HAND = 32;
const SIGNALS = { withdraw: WITHDRAW_SIGNAL, hold: HOLD_SIGNAL, wake: WAKE_SIGNAL, rate: RATE_SIGNAL } as const;

/** The activities over their dependencies. */
export function createActivities(dependencies: ActivityDependencies): BatchActivities {
  const { api, ledger, inFlight } = dependencies;
  const paces = new BatchPaces(dependencies.pace);
  const limit = pLimit(inFlight);
  const window = { tickets: 0 };
  const records = new Map<string, BatchRecord>();
  const running = new RunningChunks();
  const contacts = new FirstContacts();
  const self = identifySelf();

  async function recordOf(batchId: string): Promise<BatchRecord> {
    const known = records.get(batchId) ?? (await ledger.batch(batchId));
    if (!known) {
      const message = `the ledger ${ledger.location} of this worker has no batch ${batchId}; let CASELINK_LEDGER name the ledger that the batch was planned in`;
      throw ApplicationFailure.nonRetryable(message, "Ledger");
    }
    records.set(batchId, known);
    return known;
  }

  return {
    async workChunk(task) {
      const context = Context.current();
      let beat: ChunkBeat = { batchId: task.batchId, settledTickets: 0, outcomes: {} };
      const beating = setInterval(() => context.heartbeat(beat), BEAT_MS);
      context.heartbeat(beat);
      let hasWritten = false;
      try {
        // An offer that was long under way may come after the end.
        if (await ledger.summary(task.batchId)) return { remaining: 0, unsettled: 0, ambiguous: 0, hasWritten };
        const { options, endpoint, counts } = await recordOf(task.batchId);
        const maxRate = task.maxRate === undefined ? options.max_rate : (task.maxRate ?? undefined);
        using share = paces.open(task.batchId, maxRate);
        using stop = running.add(task.batchId);
        const connect: ApiConnector["connect"] = (beforeWrite, _pace, signal) => {
          const before = async (): Promise<void> => {
            await beforeWrite();
            hasWritten = true;
          };
          return api.connect(before, share.pace, signal);
        };
        const result = await workChunk(task, {
          api: { ...api, connect },
          ownRate: share.ownRate,
          ledger,
          hold: {
            lane: `${endpointKey(endpoint)}-${task.lane}`,
            holder: {
              token: randomUUID(),
              order: [task.leaseTurn ?? task.turn, task.call, context.info.attempt],
              ...(await self),
            },
            isGone: async (holder) => isGone(holder, (await self).host),
          },
          ...contacts.of(task, counts.tickets_to_send),
          overLimit: options.over_limit,
          limit,
          window,
          mostInHand: () => Math.max(LEAST_IN_HAND, Math.ceil((IN_HAND_PER_REQUEST * inFlight) / running.count)),
          stop: firstOf(context.cancellationSignal, stop.signal),
          now: Date.now,
          random: Math.random,
          sleep,
          onProgress: (counts) => (beat = { batchId: task.batchId, ...counts }),
        });
        // An attempt before this one may have written, too.
        return { ...result, hasWritten: hasWritten || context.info.attempt > 1 };
      } catch (error) {
        const { attempt } = context.info;
        throw toActivityFailure(error, attempt, { nothingSent: !hasWritten && task.call === 0 && attempt === 1 });
      } finally {
        clearInterval(beating);
      }
    },

    async offerToLanes({ offers, ...lanes }) {
      await Promise.all(offers.map(({ lane, offer }) => signalLane(lanes, lane, OFFER_SIGNAL, offer)));
    },

    async signalLanes({ lanes, signal, batch, ...address }) {
      await Promise.all(lanes.map((lane) => signalLane(address, lane, SIGNALS[signal], batch)));
      // A worker elsewhere learns it from its next heartbeat.
      if (signal === "rate") paces.setMaxRate(batch.batchId, batch.maxRate ?? undefined);
      else if (signal !== "wake") running.stop(batch.batchId);
    },

    async finishBatch({ batchId, state, startedAt, finishedAt }) {
      const context = Context.current();
      const beating = setInterval(() => context.heartbeat(), BEAT_MS);
      records.delete(batchId);
      contacts.forget(batchId);
      try {
        return await ledger.finish(batchId, {
          state,
          started_at: new Date(startedAt).toISOString(),
          finished_at: new Date(finishedAt).toISOString(),
        });
      } catch (error) {
        throw toActivityFailure(error, context.info.attempt);
      } finally {
        clearInterval(beating);
      }
    },
  };
}

/** Signals a lane, and starts it where it does not run. */
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

async function identifySelf(): Promise<Pick<LaneLease, "host" | "pid" | "start_mark">> {
  const { pid } = process;
  const identity = await identifyProcess(pid);
  return { host: await processSpace(), pid, ...(identity && { start_mark: identity.startMark }) };
}

/** True for a process of this machine that has ended, also where its number was given to another: nothing of it is under way. */
async function isGone({ host, pid, start_mark }: LaneLease, ownHost: string): Promise<boolean> {
  if (host !== ownHost || start_mark === undefined) return false;
  return !(await isRunning({ pid, startMark: start_mark }));
}

/** What passes, or is mended by reading again: the turn goes on in its lane, where a write may be in doubt. */
const PASSING: ReadonlySet<LedgerErrorCode> = new Set(["unreachable", "unavailable", "conflict"]);

/** After so many attempts the workflow is told: it knows whether the lane may be left, and shows the reason. */
const ATTEMPTS = 3;

/** What does not heal by itself is told at once. */
function toActivityFailure(error: unknown, attempt: number, facts?: ChunkFailure): unknown {
  if (error instanceof CancelledFailure) return error;
  const isPassing = !(error instanceof LedgerError || error instanceof ApplicationFailure) || isPassingTrouble(error);
  const isLost = error instanceof LaneLostError;
  const details: ChunkFailure[] = facts ? [{ ...facts, ...(isLost && takenBy(error)) }] : [];
  return ApplicationFailure.create({
    message: error instanceof Error ? error.message : String(error),
    type: error instanceof LedgerError ? "Ledger" : isLost ? "LaneLost" : "Chunk",
    nonRetryable: isLost || !isPassing || attempt >= ATTEMPTS,
    details,
    ...(error instanceof Error && { cause: error }),
  });
}

function isPassingTrouble(error: LedgerError | ApplicationFailure): boolean {
  return error instanceof LedgerError && PASSING.has(error.code);
}

function takenBy({ lease }: LaneLostError): Pick<ChunkFailure, "takenBy"> {
  if (!lease) return {};
  return { takenBy: { token: lease.token, turn: lease.order[0] ?? 0, isReleased: lease.released } };
}
