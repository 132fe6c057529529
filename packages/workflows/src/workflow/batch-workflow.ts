import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
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
  BATCH_REMOVED_SIGNAL,
  MAX_HISTORY_EVENTS,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  SET_MAX_RATE_UPDATE,
  RESUME_UPDATE,
  type BatchInput,
  type BatchPhase,
  type BatchProgress,
  type ChunkReport,
  type BatchRemoved,
  type MaxRate,
  type RateChange,
} from "./contracts.ts";
import { searchAttributes } from "./search-attributes.ts";
import type { BatchActivities } from "./activity-types.ts";
import { BatchLanes } from "./batch-lanes.ts";
import { BatchState, type LaneRanges } from "./batch-state.ts";
import { describeProgress, progressOf } from "./batch-progress.ts";

const { finishBatch } = proxyActivities<Pick<BatchActivities, "finishBatch">>({
  startToCloseTimeout: "1 hour",
  heartbeatTimeout: "15 seconds",
  retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
});

const chunkWorkedSignal = defineSignal<[ChunkReport]>(CHUNK_WORKED_SIGNAL);
const batchRemovedSignal = defineSignal<[BatchRemoved]>(BATCH_REMOVED_SIGNAL);
const progressQuery = defineQuery<BatchProgress>(PROGRESS_QUERY);
const cancelUpdate = defineUpdate<BatchPhase>(CANCEL_UPDATE);
const pauseUpdate = defineUpdate<BatchPhase>(PAUSE_UPDATE);
const resumeUpdate = defineUpdate<BatchPhase>(RESUME_UPDATE);
const setMaxRateUpdate = defineUpdate<MaxRate, [RateChange]>(SET_MAX_RATE_UPDATE);

/** A ledger that could not be read at the end is read again after this time, or when an operator resumes. */
const FINISH_AGAIN_MS = 60_000;

/** One batch: offers its chunks to the lanes, counts their reports, gives unsettled tickets more rounds, ends. */
export async function batchWorkflow(input: BatchInput): Promise<BatchSummary> {
  const batch = new BatchRun(input);
  batch.handleMessages();
  await batch.offerRounds();
  await batch.takeBackChunks();
  return batch.finish();
}

/** A run of the batch workflow, up to its end or until it continues as new. */
class BatchRun {
  readonly #input: BatchInput;
  readonly #state: BatchState;
  readonly #lanes: BatchLanes;
  #phase: BatchPhase;
  /** The phase that was last stored as a search attribute. */
  #shownPhase: BatchPhase;
  #summary: BatchSummary | undefined;
  /** The last pause or resume, until the lanes have been signalled. */
  #pendingSignal: "pause" | "resume" | undefined;
  #isMaxRatePending = false;
  #resumes = 0;

  constructor(input: BatchInput) {
    this.#input = input;
    this.#state = new BatchState(input, Date.now());
    this.#lanes = new BatchLanes(input);
    const { isCancelled, isPaused } = this.#state.data;
    this.#phase = isCancelled ? "cancelling" : isPaused ? "paused" : "running";
    this.#shownPhase = this.#progress().phase;
  }

  handleMessages(): void {
    const unlessEnding = { validator: () => this.#rejectIfEnding() };
    setHandler(chunkWorkedSignal, (report) => {
      this.#state.report(report, Date.now());
      this.#showState();
    });
    setHandler(batchRemovedSignal, ({ lane }) => this.#state.laneRemoved(lane));
    setHandler(progressQuery, () => this.#progress());
    setHandler(cancelUpdate, () => this.#cancel(), unlessEnding);
    setHandler(pauseUpdate, () => this.#pause(), unlessEnding);
    setHandler(resumeUpdate, () => this.#resume(), unlessEnding);
    setHandler(setMaxRateUpdate, ({ maxRate }) => this.#setMaxRate(maxRate), {
      validator: ({ maxRate }) => {
        this.#rejectIfEnding();
        rejectInvalidRate(maxRate);
      },
    });
  }

  /** Offers chunks round by round until all are done, the batch is cancelled or it gives up. */
  async offerRounds(): Promise<void> {
    if (!this.#input.state) await this.#offer(this.#state.firstOffer());
    while (!this.#isOver) {
      await this.#waitForNextStep();
      await this.#notifyLanes();
      await this.#moveToSharedLane();
      const { isPaused, isCancelled, move } = this.#state.data;
      if (!isPaused && !isCancelled && !move) await this.#offer(this.#state.takeDue(Date.now()));
      if (mustContinueAsNew(this.#input) && !this.#mustNotify && !move && !this.#state.isDone) {
        await condition(allHandlersFinished);
        await continueAsNew<typeof batchWorkflow>({ ...this.#input, state: this.#state.data });
      }
    }
  }

  /** Takes back the chunks that the lanes still have. */
  async takeBackChunks(): Promise<void> {
    const state = this.#state;
    if (state.isDone) return;
    state.end();
    if (state.isDone) return;
    await this.#lanes.signal(state.openLanes, "remove");
    await condition(() => state.isDone);
  }

  async finish(): Promise<BatchSummary> {
    const { isCancelled, startedAt } = this.#state.data;
    const state = isCancelled ? "cancelled" : "completed";
    this.#phase = "finishing";
    const summary = await this.#finishInLedger({
      batchId: this.#input.batchId,
      state,
      startedAt,
      finishedAt: Date.now(),
    });
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
        const resumes = this.#resumes;
        await condition(() => this.#resumes !== resumes, FINISH_AGAIN_MS);
        this.#phase = "finishing";
      }
    }
  }

  #cancel(): BatchPhase {
    this.#state.data.isCancelled = true;
    return this.#enter("cancelling");
  }

  #pause(): BatchPhase {
    this.#state.data.isPaused = true;
    this.#state.pause();
    this.#pendingSignal = "pause";
    return this.#enter("paused");
  }

  #resume(): BatchPhase {
    this.#state.data.isPaused = false;
    this.#state.resume(Date.now());
    this.#resumes++;
    this.#pendingSignal = "resume";
    return this.#enter("running");
  }

  #setMaxRate(maxRate: MaxRate): MaxRate {
    this.#state.data.maxRate = maxRate;
    this.#isMaxRatePending = true;
    return maxRate;
  }

  #rejectIfEnding(): void {
    const isEnding = this.#state.data.isCancelled || this.#phase === "finishing";
    if (isEnding) throw new Error(`the batch is ${this.#phase} already`);
  }

  #enter(phase: BatchPhase): BatchPhase {
    this.#phase = phase;
    this.#showState();
    return phase;
  }

  get #isOver(): boolean {
    return this.#state.isDone || this.#state.data.isCancelled || this.#hasGivenUp;
  }

  get #hasGivenUp(): boolean {
    const { data, givesUpAt } = this.#state;
    return !data.isPaused && Date.now() >= (givesUpAt ?? Number.POSITIVE_INFINITY);
  }

  get #mustNotify(): boolean {
    return this.#pendingSignal !== undefined || this.#isMaxRatePending;
  }

  /** The next round, or the time to give up; undefined if nothing happens automatically. */
  get #nextDueAt(): number | undefined {
    const { data, nextDueAt, givesUpAt } = this.#state;
    if (data.isPaused) return undefined;
    const times = [nextDueAt, givesUpAt].filter((time) => time !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  async #waitForNextStep(): Promise<void> {
    const { data } = this.#state;
    const due = this.#nextDueAt ?? Number.POSITIVE_INFINITY;
    const hasNextStep = (): boolean =>
      this.#state.isDone ||
      data.isCancelled ||
      this.#mustNotify ||
      this.#state.canMove ||
      mustContinueAsNew(this.#input) ||
      // A report that came meanwhile may bring a round nearer.
      (this.#nextDueAt ?? Number.POSITIVE_INFINITY) < due;
    if (due === Number.POSITIVE_INFINITY) await condition(hasNextStep);
    else await condition(hasNextStep, Math.max(1, due - Date.now()));
  }

  /** Passes an operator's actions on to the lanes. */
  async #notifyLanes(): Promise<void> {
    const signal = this.#pendingSignal;
    if (signal) {
      this.#pendingSignal = undefined;
      await this.#lanes.signal(this.#state.openLanes, signal);
    }
    const { maxRate } = this.#state.data;
    if (this.#isMaxRatePending && maxRate !== undefined) {
      this.#isMaxRatePending = false;
      await this.#lanes.setMaxRate(this.#state.openLanes, maxRate);
    }
  }

  /** The next step of a move to the shared lane: takes the chunks back, then offers them again. */
  async #moveToSharedLane(): Promise<void> {
    const state = this.#state;
    if (!state.canMove || state.data.isCancelled) return;
    if (state.data.move?.lanes) await this.#offer(state.endMove());
    else await this.#lanes.signal(state.startMove(), "remove");
  }

  async #offer(lanes: LaneRanges[]): Promise<void> {
    if (lanes.length === 0) return;
    const { data } = this.#state;
    await this.#lanes.offer(lanes, data.offer++, data.maxRate);
  }

  #progress(): BatchProgress {
    return progressOf(this.#input, this.#state.data, this.#phase, this.#summary);
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

function mustContinueAsNew(input: BatchInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > (input.maxHistoryEvents ?? MAX_HISTORY_EVENTS);
}
