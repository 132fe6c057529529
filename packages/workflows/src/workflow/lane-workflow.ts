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
import { LaneLoop } from "./lane-loop.ts";

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

/** The lane's loop on Temporal. It ends when the lane has had no work for a while; the next offer starts it again. */
export async function laneWorkflow(input: LaneInput): Promise<void> {
  let running: { batchId: string; scope: CancellationScope } | undefined;
  let wakes = 0;
  const released: string[] = [];
  const loop = new LaneLoop(
    {
      lane: input.lane,
      now: () => Date.now(),
      work: workCancellably,
      failureOf,
      sleep: (milliseconds) => sleep(milliseconds),
      wait: untilWoken,
      isWithdrawn: (batchId) => released.includes(batchId),
      report: (batchId, report) => signalBatch(batchId, CHUNK_WORKED_SIGNAL, report),
      readLagMs: READ_LAG_MS,
    },
    input.carried,
  );
  const { queue } = loop;

  setHandler(offerSignal, (offer) => {
    queue.take(offer);
    wakes++;
  });
  setHandler(withdrawSignal, ({ batchId }) => {
    queue.withdraw(batchId);
    released.push(batchId);
    cutShort(batchId);
    wakes++;
  });
  setHandler(holdSignal, ({ batchId }) => {
    queue.hold(batchId);
    cutShort(batchId);
  });
  setHandler(wakeSignal, ({ batchId }) => {
    queue.release(batchId);
    wakes++;
  });
  setHandler(rateSignal, ({ batchId, maxRate }) => queue.setRate(batchId, maxRate));

  for (;;) {
    while (released.length > 0) await signalReleased(released.shift() as string, input.lane);
    const step = await loop.step();
    if (step === "idle" && (await staysIdle())) return;
    if (step === "worked" && mustContinueAsNew()) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof laneWorkflow>({ ...input, carried: loop.carried() });
    }
  }

  /** Waits for work. True if none came and none is held back. */
  async function staysIdle(): Promise<boolean> {
    const isWoken = await condition(() => queue.hasWork || released.length > 0, queue.isEmpty ? IDLE : "1 hour");
    return !isWoken && queue.isEmpty && allHandlersFinished();
  }

  function mustContinueAsNew(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    const isLong = continueAsNewSuggested || historyLength > (input.maxHistoryEvents ?? MAX_HISTORY_EVENTS);
    return isLong && released.length === 0;
  }

  async function untilWoken(milliseconds: number): Promise<void> {
    const seen = wakes;
    await condition(() => wakes !== seen, milliseconds);
  }

  function cutShort(batchId: string): void {
    if (running?.batchId === batchId) running.scope.cancel();
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
