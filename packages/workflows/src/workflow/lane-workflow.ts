import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import {
  batchWorkflowId,
  CHUNK_WORKED_SIGNAL,
  HOLD_SIGNAL,
  LANE_RELEASED_SIGNAL,
  MAX_HISTORY_EVENTS,
  OFFER_SIGNAL,
  RATE_SIGNAL,
  WAKE_SIGNAL,
  WITHDRAW_SIGNAL,
  type BatchReference,
  type ChunkFailure,
  type ChunkReport,
  type ChunkResult,
  type ChunkTask,
  type LaneInput,
  type LaneReleased,
  type Offer,
  type RateChange,
} from "./contracts.ts";
import type { BatchActivities } from "./activity-types.ts";
import { READ_LAG_MS } from "./read-lag.ts";
import { LaneQueue } from "./lane-queue.ts";
import { workTurn, type TurnPlace } from "./lane-turn.ts";
import { troubleDelayMs } from "./retry-schedule.ts";

const { workChunk } = proxyActivities<Pick<BatchActivities, "workChunk">>({
  startToCloseTimeout: "30 minutes",
  heartbeatTimeout: "10 seconds",
  cancellationType: "WAIT_CANCELLATION_COMPLETED",
  // No limit on attempts: they are spent by crashes and deployments, which are no row's fault. The first pause
  // outlasts a stalled attempt's own notice that it was timed out.
  retry: { initialInterval: "5 seconds", maximumInterval: "1 minute" },
});

const offerSignal = defineSignal<[Offer]>(OFFER_SIGNAL);
const withdrawSignal = defineSignal<[BatchReference]>(WITHDRAW_SIGNAL);
const holdSignal = defineSignal<[BatchReference]>(HOLD_SIGNAL);
const rateSignal = defineSignal<[BatchReference & RateChange]>(RATE_SIGNAL);
const wakeSignal = defineSignal<[BatchReference]>(WAKE_SIGNAL);

const IDLE = "30 seconds";

/**
 * One writer for the tickets of a lane, over all batches of an endpoint.
 *
 * It works one chunk at a time. A turn ends only when every write of it has a known outcome, so that no two
 * batches ever have a write in doubt on one ticket.
 */
export async function laneWorkflow(input: LaneInput): Promise<void> {
  const queue = new LaneQueue(input.carried);
  let troubles = input.carried?.troubles ?? 0;
  let running: { batchId: string; scope: CancellationScope } | undefined;
  let { lastWrite, leastTurn = 0 } = input.carried ?? {};
  let wakes = 0;
  const released: string[] = [];
  const place: Omit<TurnPlace, "report"> = {
    lane: input.lane,
    now: () => Date.now(),
    work: workCancellably,
    failureOf,
    wait: untilWoken,
    isWithdrawn: (batchId) => released.includes(batchId),
  };

  setHandler(offerSignal, (offer) => {
    queue.take(offer);
    wakes++;
  });
  setHandler(withdrawSignal, ({ batchId }) => {
    queue.withdraw(batchId);
    released.push(batchId);
    if (running?.batchId === batchId) running.scope.cancel();
    wakes++;
  });
  setHandler(holdSignal, ({ batchId }) => {
    queue.hold(batchId);
    if (running?.batchId === batchId) running.scope.cancel();
  });
  setHandler(wakeSignal, ({ batchId }) => {
    queue.release(batchId);
    wakes++;
  });

  setHandler(rateSignal, ({ batchId, maxRate }) => queue.setRate(batchId, maxRate));

  for (;;) {
    while (released.length > 0) await signalReleased(released.shift() as string, input.lane);
    const next = queue.next();
    if (!next) {
      const isWoken = await condition(() => queue.hasWork || released.length > 0, queue.isEmpty ? IDLE : "1 hour");
      if (!isWoken && queue.isEmpty && allHandlersFinished()) return;
      continue;
    }
    // Reads may lag behind writes: what another batch has just written must show.
    const isOther = lastWrite !== undefined && lastWrite.batchId !== next.batch.batchId;
    const lag = isOther ? (lastWrite?.endedAt ?? 0) + READ_LAG_MS - Date.now() : 0;
    if (lag > 0) {
      await sleep(lag);
      continue; // the batch may have been withdrawn meanwhile
    }
    const { batchId } = next.batch;
    const turn = Math.max(Date.now(), leastTurn);
    const tell = (result: ChunkResult, isDone: boolean): Promise<void> =>
      signalBatch(batchId, CHUNK_WORKED_SIGNAL, { ...result, turn, lane: input.lane, index: next.index, isDone });
    const { result, seenTurn } = await workTurn(next, turn, { ...place, report: (so) => tell(so, false) });
    leastTurn = Math.max(turn, seenTurn) + 1;
    if (result.hasWritten ?? true) lastWrite = { batchId, endedAt: Date.now() };
    const isDone = result.remaining === 0;
    queue.finish(next, isDone);
    // Trying on would only do more harm: it waits for an operator.
    if (result.trouble?.kind === "behaviour") queue.hold(batchId);
    await tell(result, isDone);
    troubles = result.trouble ? troubles + 1 : 0;
    if (result.trouble) await untilWoken(troubleDelayMs(troubles));
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (
      (continueAsNewSuggested || historyLength > (input.maxHistoryEvents ?? MAX_HISTORY_EVENTS)) &&
      released.length === 0
    ) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof laneWorkflow>({
        ...input,
        carried: { ...queue.carried(), troubles, leastTurn, ...(lastWrite && { lastWrite }) },
      });
    }
  }

  async function untilWoken(milliseconds: number): Promise<void> {
    const seen = wakes;
    await condition(() => wakes !== seen, milliseconds);
  }

  /** Withdrawing or holding the batch cuts the chunk short; a call that only clears doubts is not cut. */
  async function workCancellably(task: ChunkTask): Promise<ChunkResult> {
    if (task.budgetMs === 0) return workChunk(task);
    const scope = new CancellationScope();
    running = { batchId: task.batchId, scope };
    try {
      return await scope.run(() => workChunk(task));
    } finally {
      running = undefined;
    }
  }
}

/** Why the chunk failed as a whole; undefined where it was cancelled. */
function failureOf(error: unknown): (ChunkFailure & { reason: string }) | undefined {
  if (isCancellation(error)) return undefined;
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const facts = cause instanceof ApplicationFailure ? (cause.details?.[0] as ChunkFailure | undefined) : undefined;
  return { nothingSent: false, ...facts, reason: cause?.message ?? String(error) };
}

async function signalReleased(batchId: string, lane: string): Promise<void> {
  await signalBatch(batchId, LANE_RELEASED_SIGNAL, { lane } satisfies LaneReleased);
}

async function signalBatch(batchId: string, signal: string, message: ChunkReport | LaneReleased): Promise<void> {
  try {
    await getExternalWorkflowHandle(batchWorkflowId(batchId)).signal(signal, message);
  } catch (error) {
    // A batch that was terminated by hand takes no more reports; what was done stands in the ledger.
    log.warn("the batch takes no reports any more", { batchId, error: String(error) });
  }
}
