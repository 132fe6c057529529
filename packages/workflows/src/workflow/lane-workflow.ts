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
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import {
  batchWorkflowId,
  CHUNK_WORKED_SIGNAL,
  LANE_ENDED_SIGNAL,
  MAX_HISTORY_EVENTS,
  ORDER_SIGNAL,
  ORDER_TAKEN_SIGNAL,
  type ChunkReport,
  type ChunkResult,
  type ChunkTask,
  type LaneEnded,
  type LaneInput,
  type Order,
  type OrderTaken,
} from "./contracts.ts";
import { AccountChunks } from "./account-chunks.ts";
import { READ_LAG_MS } from "./read-lag.ts";
import { LaneLoop } from "./lane-loop.ts";

const orderSignal = defineSignal<[Order]>(ORDER_SIGNAL);

const IDLE_MS = 30_000;
/** The batches of the queue wait for a worker: it ends the wait. */
const UNATTENDED_MS = 3_600_000;

/**
 * The lane's loop on Temporal. It ends when the lane has had no work for a while, or when an operator cancels it; the next
 * order starts it again.
 */
export async function laneWorkflow(input: LaneInput): Promise<void> {
  const lane = new LaneRun(input);
  // Its turns are cut short in good order, whatever is cancelled.
  CancellationScope.current().cancelRequested.catch(() => lane.end());
  await CancellationScope.nonCancellable(() => lane.run());
}

/** A run of the lane workflow, up to its end or until it continues as new. */
class LaneRun {
  readonly #input: LaneInput;
  readonly #loop: LaneLoop;
  readonly #chunks: AccountChunks;
  /** The turn that may be cut short. */
  #turn: CancellationScope | undefined;
  #isEnding = false;
  /** Counts what may give the lane work: orders, and workers that are there again. */
  #orders = 0;

  constructor(input: LaneInput) {
    this.#input = input;
    this.#loop = new LaneLoop(
      {
        lane: input.lane,
        now: () => Date.now(),
        work: (task) => this.#work(task),
        failureOf,
        sleep: (milliseconds) => sleep(milliseconds),
        report: (batchId, report) => signalBatch(batchId, CHUNK_WORKED_SIGNAL, report),
        readLagMs: READ_LAG_MS,
      },
      input.state,
    );
    this.#chunks = new AccountChunks(input.endpointKey, this.#loop.queue, () => this.#orders++);
    setHandler(orderSignal, (order) => {
      this.#orders++;
      if (this.#loop.queue.take(order)) this.#turn?.cancel();
    });
  }

  /** What waits in the lane is for the batches to order again. */
  end(): void {
    this.#isEnding = true;
    this.#turn?.cancel();
  }

  async run(): Promise<void> {
    const { queue } = this.#loop;
    for (;;) {
      await this.#confirmOrders();
      if (this.#isEnding) return this.#leaveBatches();
      const step = await this.#loop.step();
      if (step === "idle" && (await this.#staysIdle())) return;
      if (this.#mustContinueAsNew && !queue.hasConfirmations && !this.#isEnding) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof laneWorkflow>({ ...this.#input, state: this.#loop.data() });
      }
    }
  }

  async #confirmOrders(): Promise<void> {
    const { lane } = this.#input;
    for (const { batchId, taken } of this.#loop.queue.takeConfirmations(lane))
      await signalBatch(batchId, ORDER_TAKEN_SIGNAL, taken);
  }

  async #leaveBatches(): Promise<void> {
    const { lane } = this.#input;
    for (const batchId of this.#loop.queue.batchIds) await signalBatch(batchId, LANE_ENDED_SIGNAL, { lane });
    await this.#confirmOrders();
  }

  /** Waits for work. True if none came, and no batch waits in the queue. */
  async #staysIdle(): Promise<boolean> {
    const { queue } = this.#loop;
    const orders = this.#orders;
    const idleMs = queue.isEmpty ? IDLE_MS : UNATTENDED_MS;
    const waitMs = Math.max(1, (queue.nextAt ?? Date.now() + idleMs) - Date.now());
    await condition(() => this.#orders !== orders || this.#isEnding, waitMs);
    return queue.isEmpty && this.#orders === orders && allHandlersFinished();
  }

  get #mustContinueAsNew(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return continueAsNewSuggested || historyLength > (this.#input.maxHistoryEvents ?? MAX_HISTORY_EVENTS);
  }

  async #work(task: ChunkTask): Promise<ChunkResult> {
    // A turn that only reads ambiguous tickets is short.
    if (task.budgetMs === 0) return this.#chunks.work(task);
    this.#turn = new CancellationScope();
    try {
      return await this.#turn.run(() => this.#chunks.work(task));
    } finally {
      this.#turn = undefined;
    }
  }
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
