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
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import {
  batchWorkflowId,
  CHUNK_WORKED_SIGNAL,
  PAUSE_BATCH_SIGNAL,
  BATCH_REMOVED_SIGNAL,
  MAX_HISTORY_EVENTS,
  OFFER_SIGNAL,
  SET_MAX_RATE_SIGNAL,
  RESUME_BATCH_SIGNAL,
  REMOVE_BATCH_SIGNAL,
  type BatchReference,
  type ChunkFailure,
  type ChunkReport,
  type ChunkResult,
  type ChunkTask,
  type LaneInput,
  type BatchRemoved,
  type Offer,
  type RateChange,
} from "./contracts.ts";
import { AccountChunks } from "./account-chunks.ts";
import { READ_LAG_MS } from "./read-lag.ts";
import { LaneLoop } from "./lane-loop.ts";

const offerSignal = defineSignal<[Offer]>(OFFER_SIGNAL);
const removeBatchSignal = defineSignal<[BatchReference]>(REMOVE_BATCH_SIGNAL);
const pauseBatchSignal = defineSignal<[BatchReference]>(PAUSE_BATCH_SIGNAL);
const setMaxRateSignal = defineSignal<[BatchReference & RateChange]>(SET_MAX_RATE_SIGNAL);
const resumeBatchSignal = defineSignal<[BatchReference]>(RESUME_BATCH_SIGNAL);

const IDLE = "30 seconds";

/** The lane's loop on Temporal. It ends when the lane has had no work for a while; the next offer starts it again. */
export async function laneWorkflow(input: LaneInput): Promise<void> {
  let running: { batchId: string; scope: CancellationScope } | undefined;
  let wakes = 0;
  const removed: string[] = [];
  const loop = new LaneLoop(
    {
      lane: input.lane,
      now: () => Date.now(),
      work: workCancellably,
      failureOf,
      sleep: (milliseconds) => sleep(milliseconds),
      wait: untilWoken,
      isRemoved: (batchId) => removed.includes(batchId),
      report: (batchId, report) => signalBatch(batchId, CHUNK_WORKED_SIGNAL, report),
      readLagMs: READ_LAG_MS,
    },
    input.state,
  );
  const { queue } = loop;
  const chunks = new AccountChunks(input.endpointKey, queue, () => wakes++);

  setHandler(offerSignal, (offer) => {
    queue.add(offer);
    wakes++;
  });
  setHandler(removeBatchSignal, ({ batchId }) => {
    queue.remove(batchId);
    removed.push(batchId);
    cutShort(batchId);
    wakes++;
  });
  setHandler(pauseBatchSignal, ({ batchId }) => {
    queue.pause(batchId);
    cutShort(batchId);
  });
  setHandler(resumeBatchSignal, ({ batchId }) => {
    queue.resume(batchId);
    wakes++;
  });
  setHandler(setMaxRateSignal, ({ batchId, maxRate }) => queue.setMaxRate(batchId, maxRate));

  for (;;) {
    while (removed.length > 0) await confirmRemoval(removed.shift() as string, input.lane);
    const step = await loop.step();
    if (step === "idle" && (await staysIdle())) return;
    if (step === "worked" && mustContinueAsNew()) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof laneWorkflow>({ ...input, state: loop.data() });
    }
  }

  /** Waits for work. True if none came and no batch is paused in the queue. */
  async function staysIdle(): Promise<boolean> {
    const isWoken = await condition(() => queue.hasWork || removed.length > 0, queue.isEmpty ? IDLE : "1 hour");
    return !isWoken && queue.isEmpty && allHandlersFinished();
  }

  function mustContinueAsNew(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    const isLong = continueAsNewSuggested || historyLength > (input.maxHistoryEvents ?? MAX_HISTORY_EVENTS);
    return isLong && removed.length === 0;
  }

  async function untilWoken(milliseconds: number): Promise<void> {
    const seen = wakes;
    await condition(() => wakes !== seen, milliseconds);
  }

  function cutShort(batchId: string): void {
    if (running?.batchId === batchId) running.scope.cancel();
  }

  /** Removing or pausing the batch cuts its chunk short; a pass that only resolves ambiguous writes is not cut. */
  async function workCancellably(task: ChunkTask): Promise<ChunkResult> {
    if (task.budgetMs === 0) return chunks.work(task);
    const scope = new CancellationScope();
    running = { batchId: task.batchId, scope };
    try {
      return await scope.run(() => chunks.work(task));
    } finally {
      running = undefined;
    }
  }
}

/** Why the chunk failed as a whole; undefined if it was cancelled. */
function failureOf(error: unknown): (ChunkFailure & { reason: string }) | undefined {
  if (isCancellation(error)) return undefined;
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const facts = cause instanceof ApplicationFailure ? (cause.details?.[0] as ChunkFailure | undefined) : undefined;
  return { nothingSent: false, ...facts, reason: cause?.message ?? String(error) };
}

async function confirmRemoval(batchId: string, lane: string): Promise<void> {
  await signalBatch(batchId, BATCH_REMOVED_SIGNAL, { lane } satisfies BatchRemoved);
}

async function signalBatch(batchId: string, signal: string, message: ChunkReport | BatchRemoved): Promise<void> {
  try {
    await getExternalWorkflowHandle(batchWorkflowId(batchId)).signal(signal, message);
  } catch (error) {
    // A batch that an operator terminated takes no more reports. The ledger has the results.
    log.warn("the batch takes no more reports", { batchId, error: String(error) });
  }
}
