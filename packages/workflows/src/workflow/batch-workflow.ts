import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { BatchSummary } from "@caselink/ledger";
import {
  CANCEL_UPDATE,
  CHUNK_WORKED_SIGNAL,
  LANE_ENDED_SIGNAL,
  ORDER_TAKEN_SIGNAL,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  SET_MAX_RATE_UPDATE,
  RESUME_UPDATE,
  type BatchInput,
  type BatchPhase,
  type BatchProgress,
  type ChunkReport,
  type LaneEnded,
  type MaxRate,
  type OrderTaken,
  type RateChange,
  type Resumption,
} from "./contracts.ts";
import { continueRun, mustChangeVersion, mustContinueAsNew } from "./history-limit.ts";
import { searchAttributes } from "./search-attributes.ts";
import type { BatchActivities } from "./activity-types.ts";
import { BatchClock } from "./batch-clock.ts";
import { BatchLoop } from "./batch-loop.ts";
import type { BatchState } from "./batch-state.ts";
import { describeProgress, progressOf } from "./batch-progress.ts";
import { forgetSettled, rememberSettled } from "./recently-settled.ts";
import { roundBackoffMs } from "./retry-schedule.ts";

const { sendOrders } = proxyActivities<Pick<BatchActivities, "sendOrders">>({
  startToCloseTimeout: "15 seconds",
  retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
});

const { finishBatch } = proxyActivities<Pick<BatchActivities, "finishBatch">>({
  startToCloseTimeout: "1 hour",
  heartbeatTimeout: "15 seconds",
  retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
});

const chunkWorkedSignal = defineSignal<[ChunkReport]>(CHUNK_WORKED_SIGNAL);
const orderTakenSignal = defineSignal<[OrderTaken]>(ORDER_TAKEN_SIGNAL);
const laneEndedSignal = defineSignal<[LaneEnded]>(LANE_ENDED_SIGNAL);
const progressQuery = defineQuery<BatchProgress>(PROGRESS_QUERY);
const cancelUpdate = defineUpdate<BatchPhase>(CANCEL_UPDATE);
const pauseUpdate = defineUpdate<BatchPhase>(PAUSE_UPDATE);
const resumeUpdate = defineUpdate<BatchPhase, [Resumption]>(RESUME_UPDATE);
const setMaxRateUpdate = defineUpdate<MaxRate, [RateChange]>(SET_MAX_RATE_UPDATE);

/** One batch: orders its chunks from the lanes, counts their reports, gives unsettled tickets more rounds, ends. */
export async function batchWorkflow(input: BatchInput): Promise<BatchSummary> {
  const batch = new BatchRun(input);
  batch.handleMessages();
  // Cancelling the workflow, for example in Temporal's web page, cancels the batch.
  CancellationScope.current().cancelRequested.catch(() => batch.cancelIfRunning());
  return CancellationScope.nonCancellable(async () => {
    await batch.work();
    return batch.finish();
  });
}

/** A run of the batch workflow, up to its end or until it continues as new. */
class BatchRun {
  readonly #input: BatchInput;
  readonly #loop: BatchLoop;
  readonly #clock: BatchClock;
  #phase: BatchPhase;
  /** The phase that was last stored as a search attribute. */
  #shownPhase: BatchPhase;
  #summary: BatchSummary | undefined;
  /** Counts what has come: reports and an operator's actions. */
  #messages = 0;
  /** Tries to write the summary that failed in a row. */
  #failedFinishes = 0;

  constructor(input: BatchInput) {
    this.#input = input;
    this.#clock = new BatchClock(input.hasOwnClock ? workflowInfo().startTime.getTime() : undefined);
    this.#loop = new BatchLoop(input, this.#clock.now);
    const { isCancelled, isPaused } = this.#state.data;
    this.#phase = isCancelled ? "cancelling" : isPaused ? "paused" : "running";
    this.#shownPhase = this.#progress().phase;
  }

  get #state(): BatchState {
    return this.#loop.state;
  }

  handleMessages(): void {
    const unlessEnding = { validator: () => this.#rejectIfEnding() };
    setHandler(chunkWorkedSignal, (report) => {
      this.#messages++;
      const wasBlocked = this.#state.data.waitReason?.kind === "behaviour";
      const now = this.#clock.advance(report.sentAt);
      this.#state.report(report, now);
      rememberSettled(this.#state.data, now);
      if (!wasBlocked && this.#state.data.waitReason?.kind === "behaviour") this.#loop.stopTurns();
      this.#showState();
    });
    setHandler(orderTakenSignal, (taken) => {
      this.#messages++;
      this.#state.orderTaken(taken, this.#clock.advance(taken.sentAt));
    });
    setHandler(laneEndedSignal, ({ lane }) => {
      this.#messages++;
      this.#state.laneEnded(lane);
    });
    setHandler(progressQuery, () => this.#progress());
    setHandler(cancelUpdate, () => this.#cancel(), unlessEnding);
    setHandler(pauseUpdate, () => this.#pause(), unlessEnding);
    // A batch that ends needs no resume: one that comes late does no harm, unless the batch was cancelled.
    setHandler(resumeUpdate, (resumption) => this.#resume(resumption), {
      validator: (resumption) => this.#rejectUnlessResumable(resumption),
    });
    setHandler(setMaxRateUpdate, ({ maxRate }) => this.#setMaxRate(maxRate), {
      validator: ({ maxRate }) => {
        this.#rejectIfEnding();
        rejectInvalidRate(maxRate);
      },
    });
  }

  /** Sends orders until every chunk has had its rounds, the batch is cancelled or it gives up, and no ticket is ambiguous. */
  async work(): Promise<void> {
    const { endpointKey, maxHistoryEvents } = this.#input;
    const address = { endpointKey, ...(maxHistoryEvents !== undefined && { maxHistoryEvents }) };
    for (;;) {
      const step = this.#loop.step(this.#clock.now, workflowInfo().runStartTime.getTime());
      if (step.kind === "over") return;
      const seen = this.#messages;
      if (step.kind === "send") {
        const { stopsTurns, isResumed } = step;
        // Lanes compare it with the present time. It decides nothing here.
        const sentAt = Date.now();
        const orders = step.orders.map(({ lane, order }) => ({ lane, order: { ...order, sentAt } }));
        const flags = { ...(stopsTurns && { stopsTurns }), ...(isResumed && { isResumed }) };
        const sent = await sendOrders({ ...address, orders, ...flags });
        this.#clock.advance(sent?.at);
      } else if (mustContinueAsNew(this.#input)) await this.#continueAsNew();
      else await this.#waitForMessage(seen, step.dueAt);
    }
  }

  async #continueAsNew(): Promise<void> {
    await condition(allHandlersFinished);
    const { replacedRuns: _replacedRuns, ...input } = this.#input;
    await continueRun<typeof batchWorkflow>({ ...input, state: this.#state.data });
  }

  async #waitForMessage(seen: number, dueAt: number | undefined): Promise<void> {
    const hasCome = (): boolean => this.#messages !== seen || mustChangeVersion();
    if (dueAt === undefined) await condition(hasCome);
    else if (!(await condition(hasCome, Math.max(1, dueAt - Date.now())))) this.#clock.advance(dueAt);
  }

  async finish(): Promise<BatchSummary> {
    const { data } = this.#state;
    const state = data.isCancelled ? "cancelled" : "completed";
    this.#phase = "finishing";
    data.endedAt ??= Date.now();
    const { startedAt, endedAt: finishedAt } = data;
    const summary = await this.#finishInLedger({ batchId: this.#input.batchId, state, startedAt, finishedAt });
    this.#summary = summary;
    this.#phase = state;
    this.#showState();
    await condition(allHandlersFinished);
    return summary;
  }

  /** Retries until the ledger can be read: the batch is blocked meanwhile, and a resume retries immediately. */
  async #finishInLedger(request: Parameters<typeof finishBatch>[0]): Promise<BatchSummary> {
    const { data } = this.#state;
    for (;;) {
      try {
        const summary = await finishBatch(request);
        delete data.waitReason;
        return summary;
      } catch (error) {
        if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
        data.waitReason = { kind: "worker", reason: error.cause?.message ?? error.message };
        data.waitingSince = Date.now();
        this.#phase = "blocked";
        this.#showState();
        const { resumes } = data;
        await condition(() => data.resumes !== resumes || mustChangeVersion(), roundBackoffMs(++this.#failedFinishes));
        if (mustContinueAsNew(this.#input)) await this.#continueAsNew();
        this.#phase = "finishing";
      }
    }
  }

  /** For a cancellation of the workflow itself. */
  cancelIfRunning(): void {
    if (!this.#state.data.isCancelled && this.#state.data.endedAt === undefined) this.#cancel();
  }

  #cancel(): BatchPhase {
    this.#clock.advance();
    this.#state.data.isCancelled = true;
    this.#loop.stopTurns();
    return this.#enter("cancelling");
  }

  #pause(): BatchPhase {
    this.#state.pause(this.#clock.advance());
    this.#loop.stopTurns();
    return this.#enter("paused");
  }

  #resume(resumption?: Resumption): BatchPhase {
    this.#failedFinishes = 0;
    const now = this.#clock.advance();
    this.#state.resume(now, resumption);
    forgetSettled(this.#state.data, now);
    this.#loop.announceResume();
    return this.#state.data.endedAt === undefined ? this.#enter("running") : this.#phase;
  }

  #setMaxRate(maxRate: MaxRate): MaxRate {
    this.#messages++;
    this.#state.setMaxRate(maxRate);
    forgetSettled(this.#state.data, this.#clock.advance());
    return maxRate;
  }

  #rejectUnlessResumable({ account }: Resumption): void {
    if (account === "") throw new Error("an account is not an empty text");
    // A batch whose summary could not be written waits for a resume, however it ends.
    if (this.#phase !== "blocked" && this.#state.data.isCancelled) this.#rejectIfEnding();
  }

  #rejectIfEnding(): void {
    const { isCancelled, endedAt } = this.#state.data;
    if (isCancelled || endedAt !== undefined) throw new Error(`the batch is ${this.#phase} already`);
  }

  #enter(phase: BatchPhase): BatchPhase {
    this.#messages++;
    this.#phase = phase;
    this.#showState();
    return phase;
  }

  #progress(): BatchProgress {
    return progressOf(this.#input, this.#state, this.#phase, this.#summary);
  }

  /** Shows the state in Temporal's web page, and makes a new phase searchable. */
  #showState(): void {
    const progress = this.#progress();
    setCurrentDetails(describeProgress(progress));
    const { phase } = progress;
    if (!this.#input.isSearchable || phase === this.#shownPhase || phase === "finishing") return;
    this.#shownPhase = phase;
    upsertSearchAttributes([{ key: searchAttributes.state, value: phase }]);
  }
}

function rejectInvalidRate(maxRate: MaxRate): void {
  if (maxRate === null || (Number.isFinite(maxRate) && maxRate > 0)) return;
  throw new Error("a rate is a number of requests per second above 0, or none");
}
