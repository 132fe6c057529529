import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  sleep,
} from "@temporalio/workflow";
import {
  batchWorkflowId,
  CHUNK_WORKED_SIGNAL,
  LANE_ENDED_SIGNAL,
  ORDER_SIGNAL,
  ORDER_TAKEN_SIGNAL,
  type ChunkReport,
  type ChunkResult,
  type LaneEnded,
  type LaneInput,
  type Order,
  type OrderTaken,
} from "./contracts.ts";
import { AccountChunks } from "./account-chunks.ts";
import { continueRun, mustChangeVersion, mustContinueAsNew } from "./history-limit.ts";
import { READ_LAG_MS } from "./read-lag.ts";
import { LaneLoop, type Turn } from "./lane-loop.ts";

const orderSignal = defineSignal<[Order]>(ORDER_SIGNAL);

/**
 * The lane's loop on Temporal. It ends when the lane has had no work for a while, or when an operator cancels it; the next
 * order starts it again.
 */
export async function laneWorkflow(input: LaneInput): Promise<void> {
  const { lane, endpointKey, state } = input;
  const loop = new LaneLoop(
    {
      lane,
      now: () => Date.now(),
      work: (task) => startTurn(() => chunks.work(task)),
      failureOf,
      sleep: (milliseconds) => sleep(milliseconds),
      waitUntil: (isSo, milliseconds) => condition(isSo, milliseconds),
      report: (batchId, report) => signalBatch(batchId, CHUNK_WORKED_SIGNAL, report),
      confirm: (batchId, taken) => signalBatch(batchId, ORDER_TAKEN_SIGNAL, taken),
      leave: (batchId) => signalBatch(batchId, LANE_ENDED_SIGNAL, { lane }),
      mustContinueAsNew: () => mustContinueAsNew(input),
      mustChangeVersion,
      hasHandledAll: allHandlersFinished,
      readLagMs: READ_LAG_MS,
    },
    state,
  );
  const chunks = new AccountChunks(endpointKey, loop.queue, () => loop.wake());
  setHandler(orderSignal, (order) => loop.take(order));
  // Its turns are cut short in good order, whatever is cancelled.
  CancellationScope.current().cancelRequested.catch(() => loop.end());
  await CancellationScope.nonCancellable(async () => {
    if ((await loop.run()) === "ended") return;
    await condition(allHandlersFinished);
    await continueRun<typeof laneWorkflow>({ ...input, state: loop.data() });
  });
}

function startTurn(work: () => Promise<ChunkResult>): Turn {
  const scope = new CancellationScope();
  return { result: scope.run(work), cancel: () => scope.cancel() };
}

/** Why a turn failed as a whole; undefined if it was cut short. */
function failureOf(error: unknown): string | undefined {
  if (isCancellation(error)) return undefined;
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return cause?.message ?? String(error);
}

/** False if the batch takes no messages: it has ended, or an operator terminated or deleted it. */
async function signalBatch(
  batchId: string,
  signal: string,
  message: ChunkReport | OrderTaken | LaneEnded,
): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(batchWorkflowId(batchId)).signal(signal, message);
    return true;
  } catch (error) {
    log.warn("the batch takes no more reports", { batchId, error: String(error) });
    return false;
  }
}
