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
  LANE_RELEASED_SIGNAL,
  MAX_HISTORY_EVENTS,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RATE_UPDATE,
  RESUME_UPDATE,
  type BatchInput,
  type BatchPhase,
  type BatchProgress,
  type ChunkReport,
  type LaneAddress,
  type LaneReleased,
  type MaxRate,
  type RateChange,
} from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import { searchAttributes } from "./search-attributes.ts";
import type { BatchActivities } from "./activity-types.ts";
import { BatchState, type LaneRanges } from "./batch-state.ts";
import { describeProgress } from "./describe-progress.ts";

const { offerToLanes, signalLanes } = proxyActivities<Pick<BatchActivities, "offerToLanes" | "signalLanes">>({
  startToCloseTimeout: "15 seconds",
  retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
});
const { finishBatch } = proxyActivities<Pick<BatchActivities, "finishBatch">>({
  startToCloseTimeout: "1 hour",
  heartbeatTimeout: "15 seconds",
  retry: { initialInterval: "1 second", maximumInterval: "1 minute" },
});

const chunkWorkedSignal = defineSignal<[ChunkReport]>(CHUNK_WORKED_SIGNAL);
const laneReleasedSignal = defineSignal<[LaneReleased]>(LANE_RELEASED_SIGNAL);
const progressQuery = defineQuery<BatchProgress>(PROGRESS_QUERY);
const cancelUpdate = defineUpdate<BatchPhase>(CANCEL_UPDATE);
const pauseUpdate = defineUpdate<BatchPhase>(PAUSE_UPDATE);
const resumeUpdate = defineUpdate<BatchPhase>(RESUME_UPDATE);
const rateUpdate = defineUpdate<MaxRate, [RateChange]>(RATE_UPDATE);

/** A ledger that could not be read at the end is tried again after this, or when an operator resumes. */
const FINISH_AGAIN_MS = 60_000;

/** One batch: offers its chunks to the lanes, counts what comes back, gives unsettled tickets more rounds, ends. */
export async function batchWorkflow(input: BatchInput): Promise<BatchSummary> {
  const state = new BatchState(input, Date.now());
  const { carried } = state;
  const { endpointKey, maxHistoryEvents } = input;
  const laneAddress: LaneAddress = { endpointKey, ...(maxHistoryEvents !== undefined && { maxHistoryEvents }) };
  let phase: BatchPhase = carried.isCancelled ? "cancelling" : carried.isPaused ? "paused" : "running";
  let summary: BatchSummary | undefined;
  let mustSignal: "hold" | "wake" | undefined;
  let mustTellRate = false;
  let resumes = 0;

  const progress = (): BatchProgress => ({
    phase: phase === "running" && needsOperator(carried.trouble) ? "blocked" : phase,
    rows: input.rows,
    tickets: input.tickets,
    settledTickets: carried.settledTickets,
    outcomes: carried.outcomes,
    waitingChunks: carried.waiting.length,
    startedAt: carried.startedAt,
    ...(carried.trouble && { trouble: carried.trouble }),
    ...(carried.troubledAt !== undefined && { troubledAt: carried.troubledAt }),
    ...maxRateNow(input.maxRate, carried.maxRate),
    ...(summary && { summary }),
  });
  let shown = progress().phase;
  /** Shows the state in the web page, and makes it searchable where it is another. */
  const showState = (): void => {
    setCurrentDetails(describeProgress(progress()));
    const now = progress().phase;
    if (!input.isSearchable || now === shown || now === "finishing") return;
    upsertSearchAttributes([{ key: searchAttributes.state, value: (shown = now) }]);
  };
  const refuseWhenEnding = (): void => {
    if (carried.isCancelled || phase === "finishing") throw new Error(`the batch is ${phase} already`);
  };

  setHandler(chunkWorkedSignal, (chunk) => {
    state.report(chunk, Date.now());
    showState();
  });
  setHandler(laneReleasedSignal, ({ lane }) => state.release(lane));
  setHandler(progressQuery, progress);
  setHandler(
    cancelUpdate,
    (): BatchPhase => {
      carried.isCancelled = true;
      phase = "cancelling";
      showState();
      return phase;
    },
    { validator: refuseWhenEnding },
  );
  setHandler(
    pauseUpdate,
    (): BatchPhase => {
      carried.isPaused = true;
      state.pause();
      mustSignal = "hold";
      phase = "paused";
      showState();
      return phase;
    },
    { validator: refuseWhenEnding },
  );
  setHandler(
    resumeUpdate,
    (): BatchPhase => {
      carried.isPaused = false;
      state.resume(Date.now());
      resumes++;
      mustSignal = "wake";
      phase = "running";
      showState();
      return phase;
    },
    { validator: refuseWhenEnding },
  );

  setHandler(
    rateUpdate,
    ({ maxRate }): MaxRate => {
      carried.maxRate = maxRate;
      mustTellRate = true;
      return maxRate;
    },
    {
      validator: ({ maxRate }) => {
        refuseWhenEnding();
        if (maxRate === null || (Number.isFinite(maxRate) && maxRate > 0)) return;
        throw new Error("a rate is a number of requests a second above 0, or none");
      },
    },
  );

  if (!input.carried) await offer(state.firstOffer());

  while (!state.isDone && !carried.isCancelled && !hasGivenUp()) {
    const due = nextDueAt();
    const isOver = (): boolean =>
      state.isDone || carried.isCancelled || mustTell() || mustContinueAsNew() || isDueBefore(due);
    if (due === undefined) await condition(isOver);
    else await condition(isOver, Math.max(1, due - Date.now()));
    if (mustSignal) {
      const signal = mustSignal;
      mustSignal = undefined;
      await signalLanes({ ...lanesOf(state.openLanes), signal });
    }
    if (mustTellRate && carried.maxRate !== undefined) {
      mustTellRate = false;
      const { maxRate } = carried;
      const lanes = lanesOf(state.openLanes);
      await signalLanes({ ...lanes, signal: "rate", batch: { ...lanes.batch, maxRate } });
    }
    if (!carried.isPaused && !carried.isCancelled) await offer(state.takeDue(Date.now()));
    if (mustContinueAsNew() && !mustTell() && !state.isDone) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof batchWorkflow>({ ...input, carried });
    }
  }

  if (!state.isDone) {
    state.end();
    if (!state.isDone) {
      await signalLanes({ ...lanesOf(state.openLanes), signal: "withdraw" });
      await condition(() => state.isDone);
    }
  }
  const end = carried.isCancelled ? "cancelled" : "completed";
  phase = "finishing";
  const { startedAt } = carried;
  summary = await finish({ batchId: input.batchId, state: end, startedAt, finishedAt: Date.now() });
  phase = end;
  showState();
  await condition(allHandlersFinished);
  return summary;

  /** A ledger that cannot be read says so: somebody has to mend it, and the batch ends as soon as it can. */
  async function finish(request: Parameters<typeof finishBatch>[0]): Promise<BatchSummary> {
    for (;;) {
      try {
        const done = await finishBatch(request);
        delete carried.trouble;
        return done;
      } catch (error) {
        if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
        carried.trouble = { kind: "worker", reason: error.cause?.message ?? error.message };
        carried.troubledAt = Date.now();
        phase = "blocked";
        showState();
        const seen = resumes;
        await condition(() => resumes !== seen, FINISH_AGAIN_MS);
        phase = "finishing";
      }
    }
  }

  async function offer(lanes: LaneRanges[]): Promise<void> {
    if (lanes.length === 0) return;
    const { batchId, kind } = input;
    const number = carried.offer++;
    const rate = carried.maxRate === undefined ? {} : { maxRate: carried.maxRate };
    const offers = lanes.map(({ lane, ranges }) => ({
      lane,
      offer: { batchId, kind, offer: number, ranges, giveUpAfterMs: input.giveUpAfterMs, ...rate },
    }));
    await offerToLanes({ ...laneAddress, offers });
  }

  function mustTell(): boolean {
    return mustSignal !== undefined || mustTellRate;
  }

  /** The next round, or the time to give up; undefined where nothing is to be done by itself. */
  function nextDueAt(): number | undefined {
    if (carried.isPaused) return undefined;
    const times = [state.nextDueAt, state.givesUpAt].filter((time) => time !== undefined);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** A report that came meanwhile may bring a round nearer. */
  function isDueBefore(due: number | undefined): boolean {
    return (nextDueAt() ?? Number.POSITIVE_INFINITY) < (due ?? Number.POSITIVE_INFINITY);
  }

  function hasGivenUp(): boolean {
    return !carried.isPaused && Date.now() >= (state.givesUpAt ?? Number.POSITIVE_INFINITY);
  }

  function lanesOf(lanes: string[]) {
    return { ...laneAddress, lanes, batch: { batchId: input.batchId } };
  }

  function mustContinueAsNew(): boolean {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    return continueAsNewSuggested || historyLength > (input.maxHistoryEvents ?? MAX_HISTORY_EVENTS);
  }
}

/** What an operator set, else what was planned. */
function maxRateNow(planned: number | undefined, changed: MaxRate | undefined): { maxRate?: number } {
  const maxRate = changed === undefined ? planned : (changed ?? undefined);
  return maxRate === undefined ? {} : { maxRate };
}
