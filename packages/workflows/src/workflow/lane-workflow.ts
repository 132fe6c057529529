import {
  ActivityFailure,
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
  type ChunkReport,
  type ChunkResult,
  type ChunkTask,
  type LaneInput,
  type LaneReleased,
  type Offer,
  type RateChange,
} from "../contracts.ts";
import type { BatchActivities } from "./activity-types.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";
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

const TURN_BUDGET_MS = 10_000;
const IDLE = "30 seconds";
/** How long the API may show what was before a write. No document says; two seconds are a guess on the safe side. */
const READ_LAG_MS = 2_000;

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
  let lastTurn = input.carried?.lastTurn;
  let wakes = 0;
  const released: string[] = [];

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
    // Reads may lag behind writes: what the batch before has just written must show.
    const lag = lastTurn && lastTurn.batchId !== next.batch.batchId ? lastTurn.endedAt + READ_LAG_MS - Date.now() : 0;
    if (lag > 0) {
      await sleep(lag);
      continue; // the batch may have been withdrawn meanwhile
    }
    const turn = Date.now();
    const result = await workTurn(next, turn);
    lastTurn = { batchId: next.batch.batchId, endedAt: Date.now() };
    const isDone = result.remaining === 0;
    queue.finish(next, isDone);
    // Trying on would only do more harm: it waits for an operator.
    if (result.trouble?.kind === "behaviour") queue.hold(next.batch.batchId);
    await report(next.batch.batchId, { ...result, turn, lane: input.lane, index: next.index, isDone });
    troubles = result.trouble ? troubles + 1 : 0;
    if (result.trouble) {
      const seen = wakes;
      await condition(() => wakes !== seen, troubleDelayMs(troubles));
    }
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (
      (continueAsNewSuggested || historyLength > (input.maxHistoryEvents ?? MAX_HISTORY_EVENTS)) &&
      released.length === 0
    ) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof laneWorkflow>({
        ...input,
        carried: { ...queue.carried(), troubles, ...(lastTurn && { lastTurn }) },
      });
    }
  }

  /** One turn. It goes on, with the lane held, until no write is in doubt or the time to give up has come. */
  async function workTurn({ batch, index }: NextChunk, turn: number): Promise<ChunkResult> {
    let budgetMs = TURN_BUDGET_MS;
    for (let [call, doubts] = [0, 0]; ; call++) {
      const isLast = Date.now() >= batch.giveUpAt;
      const { batchId, kind, wakes: canaryRound, maxRate } = batch;
      const rate = maxRate === undefined ? {} : { maxRate };
      const task = { batchId, kind, lane: input.lane, index, turn, call, budgetMs, canaryRound, isLast, ...rate };
      try {
        const result = await workCancellably(task);
        if (result.ambiguous === 0 || isLast) return result;
        doubts++;
      } catch (error) {
        if (!isCancellation(error)) return stuck(error);
        // Cancelled between two attempts: an attempt that died may have left writes in doubt, so look once more.
      }
      budgetMs = 0; // from here on only what is in doubt
      if (doubts > 0) await sleep(troubleDelayMs(doubts));
    }
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

/** The chunk cannot be worked by this worker, by nothing that a row or the API did: the lane leaves it for a while. */
function stuck(error: unknown): ChunkResult {
  const reason = error instanceof ActivityFailure ? (error.cause?.message ?? error.message) : String(error);
  return { remaining: 1, unsettled: 0, ambiguous: 0, trouble: { kind: "worker", reason } };
}

async function report(batchId: string, chunk: ChunkReport): Promise<void> {
  await signalBatch(batchId, CHUNK_WORKED_SIGNAL, chunk);
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
