import {
  SHARED_LANE,
  type BatchStateData,
  type BatchInput,
  type ChunkCounts,
  type ChunkRange,
  type ChunkReport,
  type OutcomeCounts,
  type RowOutcome,
  type WaitReason,
  type WaitingChunk,
} from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import { roundBackoffMs } from "./retry-schedule.ts";

/** The chunks that one lane is offered. */
export interface LaneRanges {
  lane: string;
  ranges: ChunkRange[];
}

/**
 * The progress of a batch: chunks whose first round ended, chunks that wait for another round, and the outcomes.
 * Pure data and no clock: workflow code.
 */
export class BatchState {
  readonly data: BatchStateData;
  readonly #chunks: Record<string, number>;
  readonly #giveUpAfterMs: number;
  #isEnding = false;

  constructor(input: BatchInput, now: number) {
    this.#chunks = input.chunks;
    this.#giveUpAfterMs = input.giveUpAfterMs;
    this.data = input.state ?? {
      startedAt: now,
      offer: 0,
      next: Object.fromEntries(Object.keys(input.chunks).map((lane) => [lane, 0])),
      waiting: [],
      partial: {},
      outcomes: {},
      settledTickets: 0,
      isPaused: false,
      isCancelled: false,
    };
  }

  /** Lanes that have chunks of this batch, or may have. */
  get openLanes(): string[] {
    const lanes = this.#lanesOfOpenChunks;
    return this.data.isShared && lanes.length > 0 ? [SHARED_LANE] : lanes;
  }

  get #lanesOfOpenChunks(): string[] {
    const lanes = new Set(this.data.waiting.filter((chunk) => chunk.dueAt === undefined).map(({ lane }) => lane));
    for (const [lane, count] of Object.entries(this.#chunks)) if (this.#nextOf(lane) < count) lanes.add(lane);
    return [...lanes].sort();
  }

  get isDone(): boolean {
    return this.data.waiting.length === 0 && this.openLanes.length === 0;
  }

  /** The batch moves to the shared lane, and the next step of that is due. */
  get canMove(): boolean {
    const { move, isPaused } = this.data;
    return move !== undefined && (move.lanes === undefined || (move.lanes.length === 0 && !isPaused));
  }

  /** Starts the move to the shared lane. Returns the lanes that have to give back the batch's chunks. */
  startMove(): string[] {
    const lanes = this.openLanes;
    this.data.move = { lanes: [...lanes] };
    return lanes;
  }

  /** Ends the move. Returns the offer to the shared lane: the chunks that the other lanes gave back. */
  endMove(): LaneRanges[] {
    const ranges: ChunkRange[] = [];
    for (const [lane, count] of Object.entries(this.#chunks))
      if (this.#nextOf(lane) < count) ranges.push({ from: this.#nextOf(lane), to: count, lane });
    for (const { lane, index, dueAt } of this.data.waiting)
      if (dueAt === undefined) ranges.push({ from: index, to: index + 1, lane });
    delete this.data.move;
    this.data.isShared = true;
    return ranges.length === 0 ? [] : [{ lane: SHARED_LANE, ranges }];
  }

  /** The first offer: every chunk of every lane. */
  firstOffer(): LaneRanges[] {
    return Object.entries(this.#chunks)
      .filter(([, count]) => count > 0)
      .map(([lane, count]) => ({ lane, ranges: [{ from: 0, to: count }] }));
  }

  /** When the batch ends if there is no progress until then; undefined while there is, or while an operator has to act. */
  get givesUpAt(): number | undefined {
    const { failingSince } = this.data;
    return failingSince === undefined ? undefined : failingSince + this.#giveUpAfterMs;
  }

  /** When the next waiting chunk is due; undefined if none waits. */
  get nextDueAt(): number | undefined {
    const due = this.data.waiting.flatMap((chunk) => chunk.dueAt ?? []);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Removes the chunks that are due from those that wait, to be offered again. */
  takeDue(now: number): LaneRanges[] {
    const byLane = new Map<string, LaneRanges>();
    for (const chunk of this.data.waiting) {
      if (chunk.dueAt === undefined || chunk.dueAt > now) continue;
      delete chunk.dueAt;
      const name = this.data.isShared ? SHARED_LANE : chunk.lane;
      const lane = byLane.get(name) ?? { lane: name, ranges: [] };
      const own = this.data.isShared ? { lane: chunk.lane } : {};
      lane.ranges.push({ from: chunk.index, to: chunk.index + 1, ...own });
      byLane.set(name, lane);
    }
    return [...byLane.values()];
  }

  /** The batch waits for an operator: this time does not count towards giving up. */
  pause(): void {
    delete this.data.failingSince;
  }

  /** An operator has fixed the cause: all waiting chunks are due, and earlier failures no longer count. */
  resume(now: number): void {
    this.data.resumedAt = now;
    this.#clearWaitReason();
    for (const chunk of this.data.waiting) {
      chunk.since = now;
      if (chunk.dueAt !== undefined) chunk.dueAt = now;
    }
  }

  /** Takes a lane's report. A report about a chunk that the batch does not expect (offered twice) changes nothing. */
  report(chunk: ChunkReport, now: number): void {
    if (chunk.needsSharedLane && !this.data.isShared && !this.#isEnding) this.data.move ??= {};
    const again = this.data.waiting.find((other) => isSame(other, chunk) && other.dueAt === undefined);
    const isFirst = !again && this.#nextOf(chunk.lane) === chunk.index;
    if (!again && !isFirst) return;
    const hasSettled = chunk.counts !== undefined && this.#count(keyOf(chunk), chunk.counts);
    // A turn from before the resume met a cause that is fixed since.
    const isStale = chunk.turn < (this.data.resumedAt ?? 0);
    if (chunk.waitReason && !isStale) this.#setWaitReason(chunk.waitReason, now);
    // A lane that settled nothing does not prove progress. And misbehaviour of the API stands until an operator resumes,
    // whatever other lanes report.
    else if ((hasSettled || chunk.isDone) && this.data.waitReason?.kind !== "behaviour") this.#clearWaitReason();
    if (hasSettled) delete this.data.failingSince;
    if (!chunk.isDone) return;
    if (isFirst) this.data.next[chunk.lane] = chunk.index + 1;
    if (again) this.data.waiting.splice(this.data.waiting.indexOf(again), 1);
    const { rounds, since } = { rounds: (again?.rounds ?? 0) + 1, since: again?.since ?? Math.min(chunk.turn, now) };
    const lastAt = since + this.#giveUpAfterMs;
    if (chunk.retryable === 0 || this.#isEnding || now >= lastAt) {
      delete this.data.partial[keyOf(chunk)];
      return;
    }
    const dueAt = Math.min(now + roundBackoffMs(rounds), lastAt);
    this.data.waiting.push({ lane: chunk.lane, index: chunk.index, rounds, since, dueAt });
  }

  /** A temporary reason does not hide one that needs an operator, and nothing hides misbehaviour of the API. */
  #setWaitReason(waitReason: WaitReason, now: number): void {
    const { data } = this;
    if (data.waitReason?.kind === "behaviour") return;
    if (needsOperator(data.waitReason) && !needsOperator(waitReason)) return;
    data.waitReason = waitReason;
    data.waitingSince = now;
    // The API says when it continues, or nothing was sent to it: that is no failure.
    const isAnnounced = waitReason.retryAfterMs !== undefined || waitReason.hasNoWorker;
    if (needsOperator(waitReason) || isAnnounced || data.isPaused) delete data.failingSince;
    else data.failingSince ??= now;
  }

  #clearWaitReason(): void {
    delete this.data.waitReason;
    delete this.data.waitingSince;
    delete this.data.failingSince;
  }

  /** The lane has no chunk of this batch any more. */
  laneRemoved(lane: string): void {
    const { move } = this.data;
    if (move?.lanes) move.lanes = move.lanes.filter((other) => other !== lane);
    else if (lane === SHARED_LANE) for (const own of Object.keys(this.#chunks)) this.#closeLane(own);
    else this.#closeLane(lane);
  }

  #closeLane(lane: string): void {
    this.data.next[lane] = this.#chunks[lane] ?? 0;
    this.data.waiting = this.data.waiting.filter((chunk) => chunk.lane !== lane || chunk.dueAt !== undefined);
  }

  /** There are no further rounds: the batch ends when its lanes have removed it. */
  end(): void {
    this.#isEnding = true;
    delete this.data.move;
    this.data.waiting = this.data.waiting.filter((chunk) => chunk.dueAt === undefined);
  }

  /** True if more tickets are settled than before. */
  #count(key: string, counts: ChunkCounts): boolean {
    const before = this.data.partial[key] ?? { outcomes: {}, settledTickets: 0 };
    for (const [outcome, count] of Object.entries(counts.outcomes) as [RowOutcome, number][]) {
      add(this.data.outcomes, outcome, count - (before.outcomes[outcome] ?? 0));
    }
    this.data.settledTickets += counts.settledTickets - before.settledTickets;
    this.data.partial[key] = counts;
    return counts.settledTickets > before.settledTickets;
  }

  #nextOf(lane: string): number {
    return this.data.next[lane] ?? 0;
  }
}

const keyOf = (chunk: { lane: string; index: number }): string => `${chunk.lane}-${chunk.index}`;
const isSame = (a: WaitingChunk, b: ChunkReport): boolean => a.lane === b.lane && a.index === b.index;

function add(counts: OutcomeCounts, outcome: RowOutcome, count: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + count;
}
