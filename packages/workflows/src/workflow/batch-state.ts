import type {
  BatchCarried,
  BatchInput,
  ChunkCounts,
  ChunkReport,
  OutcomeCounts,
  RowOutcome,
  Trouble,
  WaitingChunk,
} from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import { roundDelayMs } from "./retry-schedule.ts";

/** What one lane is offered. */
export interface LaneRanges {
  lane: string;
  ranges: { from: number; to: number }[];
}

/**
 * How far a batch is: which chunks its lanes have been through, which wait for another round, what came out.
 * Pure data and no clock: workflow code.
 */
export class BatchState {
  readonly carried: BatchCarried;
  readonly #chunks: Record<string, number>;
  /** So long what fails is tried again. */
  readonly #patienceMs: number;
  #isEnding = false;

  constructor(input: BatchInput, now: number) {
    this.#chunks = input.chunks;
    this.#patienceMs = input.giveUpAfterMs;
    this.carried = input.carried ?? {
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

  /** Lanes that have something of this batch, or may have. */
  get openLanes(): string[] {
    const lanes = new Set(this.carried.waiting.filter((chunk) => chunk.dueAt === undefined).map(({ lane }) => lane));
    for (const [lane, count] of Object.entries(this.#chunks)) if (this.#nextOf(lane) < count) lanes.add(lane);
    return [...lanes].sort();
  }

  get isDone(): boolean {
    return this.carried.waiting.length === 0 && this.openLanes.length === 0;
  }

  /** The first offer of all: every chunk of every lane. */
  firstOffer(): LaneRanges[] {
    return Object.entries(this.#chunks)
      .filter(([, count]) => count > 0)
      .map(([lane, count]) => ({ lane, ranges: [{ from: 0, to: count }] }));
  }

  /** When the batch ends whatever is open, where nothing goes well until then; undefined while it does, or somebody has to act. */
  get givesUpAt(): number | undefined {
    const { failingSince } = this.carried;
    return failingSince === undefined ? undefined : failingSince + this.#patienceMs;
  }

  /** When the next waiting chunk is due; undefined where none waits. */
  get nextDueAt(): number | undefined {
    const due = this.carried.waiting.flatMap((chunk) => chunk.dueAt ?? []);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Takes the chunks that are due, to be offered again. */
  takeDue(now: number): LaneRanges[] {
    const byLane = new Map<string, LaneRanges>();
    for (const chunk of this.carried.waiting) {
      if (chunk.dueAt === undefined || chunk.dueAt > now) continue;
      delete chunk.dueAt;
      const lane = byLane.get(chunk.lane) ?? { lane: chunk.lane, ranges: [] };
      lane.ranges.push({ from: chunk.index, to: chunk.index + 1 });
      byLane.set(chunk.lane, lane);
    }
    return [...byLane.values()];
  }

  /** The batch waits for an operator: what fails meanwhile, or does not even try, uses up no patience. */
  pause(): void {
    delete this.carried.failingSince;
  }

  /** An operator says that things are mended: all that waits is due, and what went wrong before counts no more. */
  resume(now: number): void {
    this.carried.resumedAt = now;
    this.#clearTrouble();
    for (const chunk of this.carried.waiting) {
      chunk.since = now;
      if (chunk.dueAt !== undefined) chunk.dueAt = now;
    }
  }

  /** Takes a lane's report. One for a chunk that the batch does not expect (offered twice) changes nothing. */
  report(chunk: ChunkReport, now: number): void {
    const again = this.carried.waiting.find((other) => isSame(other, chunk) && other.dueAt === undefined);
    const isFirst = !again && this.#nextOf(chunk.lane) === chunk.index;
    if (!again && !isFirst) return;
    const hasSettled = chunk.counts !== undefined && this.#count(keyOf(chunk), chunk.counts);
    // A turn from before the resume met what is mended since.
    const isStale = chunk.turn < (this.carried.resumedAt ?? 0);
    if (chunk.trouble && !isStale) this.#setTrouble(chunk.trouble, now);
    // Who had to leave everything open does not tell that things go well. And what the API was seen to do wrong stands
    // until an operator resumes, whatever other lanes say.
    else if ((hasSettled || chunk.isDone) && this.carried.trouble?.kind !== "behaviour") this.#clearTrouble();
    if (hasSettled) delete this.carried.failingSince;
    if (!chunk.isDone) return;
    if (isFirst) this.carried.next[chunk.lane] = chunk.index + 1;
    if (again) this.carried.waiting.splice(this.carried.waiting.indexOf(again), 1);
    const { rounds, since } = { rounds: (again?.rounds ?? 0) + 1, since: again?.since ?? Math.min(chunk.turn, now) };
    const lastAt = since + this.#patienceMs;
    if (chunk.unsettled === 0 || this.#isEnding || now >= lastAt) {
      delete this.carried.partial[keyOf(chunk)];
      return;
    }
    const dueAt = Math.min(now + roundDelayMs(rounds), lastAt);
    this.carried.waiting.push({ lane: chunk.lane, index: chunk.index, rounds, since, dueAt });
  }

  /** What waits for an operator is not hidden by what passes, and nothing hides what the API was seen to do wrong. */
  #setTrouble(trouble: Trouble, now: number): void {
    const { carried } = this;
    if (carried.trouble?.kind === "behaviour") return;
    if (needsOperator(carried.trouble) && !needsOperator(trouble)) return;
    carried.trouble = trouble;
    carried.troubledAt = now;
    if (needsOperator(trouble) || carried.isPaused) delete carried.failingSince;
    else carried.failingSince ??= now;
  }

  #clearTrouble(): void {
    delete this.carried.trouble;
    delete this.carried.troubledAt;
    delete this.carried.failingSince;
  }

  /** The lane has nothing of this batch any more. */
  release(lane: string): void {
    this.carried.next[lane] = this.#chunks[lane] ?? 0;
    this.carried.waiting = this.carried.waiting.filter((chunk) => chunk.lane !== lane || chunk.dueAt !== undefined);
  }

  /** There are no further rounds: the batch ends when its lanes have let go. */
  end(): void {
    this.#isEnding = true;
    this.carried.waiting = this.carried.waiting.filter((chunk) => chunk.dueAt === undefined);
  }

  /** True where more is settled than before. */
  #count(key: string, counts: ChunkCounts): boolean {
    const before = this.carried.partial[key] ?? { outcomes: {}, settledTickets: 0 };
    for (const [outcome, count] of Object.entries(counts.outcomes) as [RowOutcome, number][]) {
      add(this.carried.outcomes, outcome, count - (before.outcomes[outcome] ?? 0));
    }
    this.carried.settledTickets += counts.settledTickets - before.settledTickets;
    this.carried.partial[key] = counts;
    return counts.settledTickets > before.settledTickets;
  }

  #nextOf(lane: string): number {
    return this.carried.next[lane] ?? 0;
  }
}

const keyOf = (chunk: { lane: string; index: number }): string => `${chunk.lane}-${chunk.index}`;
const isSame = (a: WaitingChunk, b: ChunkReport): boolean => a.lane === b.lane && a.index === b.index;

function add(counts: OutcomeCounts, outcome: RowOutcome, count: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + count;
}
