import {
  SHARED_LANE,
  type BatchInput,
  type BatchStateData,
  type ChunkRange,
  type ChunkReport,
  type MaxRate,
  type OrderTaken,
  type Resumption,
  type WaitingChunk,
} from "./contracts.ts";
import type { UnsentOrder } from "./activity-types.ts";
import { BatchCounts } from "./batch-counts.ts";
import { BatchDoubts, isSame, PASSES_AT_END } from "./batch-doubts.ts";
import { BatchRejections } from "./batch-rejections.ts";
import { needsOperator } from "./needs-operator.ts";
import { laneBackoffMs, repeatAfterMs, roundBackoffMs } from "./retry-schedule.ts";
import { clearWaitReason, recordProgress, setWaitReason, withoutCause } from "./wait-reasons.ts";

/**
 * The progress of a batch, and the orders that follow from it: chunks whose first round ended, chunks that wait for another
 * round, ambiguous tickets. Pure data and no clock: workflow code.
 */
export class BatchState {
  readonly data: BatchStateData;
  readonly #input: BatchInput;
  readonly #counts: BatchCounts;
  readonly #doubts: BatchDoubts;
  readonly #rejections: BatchRejections;

  constructor(input: BatchInput, now: number) {
    this.#input = input;
    const lanes = Object.keys(input.chunks).filter((lane) => (input.chunks[lane] ?? 0) > 0);
    this.data = input.state ?? {
      startedAt: now,
      sequence: 0,
      // What the run before ordered of the shared lane stands until this run orders otherwise.
      unsent: input.isRestart ? [...lanes, SHARED_LANE] : lanes,
      heard: {},
      reported: [],
      next: Object.fromEntries(lanes.map((lane) => [lane, 0])),
      waiting: [],
      doubts: [],
      partial: {},
      outcomes: {},
      settledTickets: 0,
      resumes: 0,
      isPaused: false,
      isCancelled: false,
      isEnding: false,
    };
    this.#counts = new BatchCounts(this.data);
    this.#doubts = new BatchDoubts(this.data);
    this.#rejections = new BatchRejections(this.data, input);
  }

  /** Every chunk has had its rounds. */
  get isDone(): boolean {
    return this.data.waiting.length === 0 && this.#lanesWithChunks.length === 0;
  }

  /** Nothing is left to do but the summary. */
  get isOver(): boolean {
    const { isEnding, unconfirmed, doubts, isSharedUnread } = this.data;
    return isEnding && !unconfirmed && doubts.length === 0 && !isSharedUnread;
  }

  /** The lanes only read ambiguous tickets: the batch is paused, blocked by the API's behaviour, moves or ends. */
  get #isHeld(): boolean {
    const { isPaused, isEnding, isMoving, waitReason } = this.data;
    return isPaused || isEnding || isMoving === true || waitReason?.kind === "behaviour";
  }

  get #lanesWithChunks(): string[] {
    const { waiting, next } = this.data;
    const lanes = new Set(waiting.filter(({ dueAt }) => dueAt === undefined).map(({ lane }) => lane));
    for (const [lane, index] of Object.entries(next)) if (index < this.#chunksOf(lane)) lanes.add(lane);
    return [...lanes].sort();
  }

  /** The lanes that may have an order with chunks. */
  get openLanes(): string[] {
    const lanes = [
      ...this.#lanesWithChunks,
      ...this.data.doubts.filter(({ isOpen }) => isOpen).map(({ lane }) => lane),
    ];
    return lanes.length > 0 && this.data.isShared ? [SHARED_LANE] : [...new Set(lanes)];
  }

  /** When the batch ends if there is no progress until then; undefined while there is, or while an operator has to act. */
  get givesUpAt(): number | undefined {
    const { failingSince } = this.data;
    return failingSince === undefined ? undefined : failingSince + this.#input.giveUpAfterMs;
  }

  /** When there is something to do next without a message; undefined: never. */
  get nextDueAt(): number | undefined {
    const { waiting, doubts, isEnding, unconfirmed } = this.data;
    const times = this.#silentLanes().map(({ repeatAt }) => repeatAt);
    if (!this.#isHeld) times.push(...waiting.flatMap(({ dueAt }) => dueAt ?? []));
    else if (!unconfirmed) times.push(...doubts.flatMap(({ dueAt, isOpen }) => (isOpen ? [] : dueAt)));
    if (!isEnding && this.givesUpAt !== undefined) times.push(this.givesUpAt);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Starts what is due: rounds of chunks, reads of ambiguous tickets, orders to lanes that were silent for long. */
  startDue(now: number): void {
    for (const { lane, repeatAt } of this.#silentLanes()) {
      if (repeatAt > now) continue;
      this.#markUnsent(lane);
      this.data.heard[lane] = { at: now, repeats: (this.data.heard[lane]?.repeats ?? 0) + 1 };
    }
    if (this.#isHeld) {
      if (this.data.unconfirmed) return; // each lane gets its next order when it has confirmed
      if (this.data.isSharedUnread && this.data.doubts.length === 0) this.#readSharedLane(now);
      for (const doubt of this.data.doubts) {
        if (doubt.isOpen || doubt.dueAt > now) continue;
        doubt.isOpen = true;
        this.#markUnsent(this.#laneOf(doubt));
      }
      return;
    }
    this.#rejections.advance(now);
    for (const chunk of this.data.waiting) {
      if (chunk.dueAt === undefined || chunk.dueAt > now) continue;
      delete chunk.dueAt;
      if (now >= this.#lastAt(chunk) && !needsOperator(this.data.waitReason)) chunk.isLast = true;
      this.#markUnsent(this.#laneOf(chunk));
    }
  }

  /** The orders to send now, by lane. */
  takeOrders(now: number, runStartedAt = 0): { lane: string; order: UnsentOrder }[] {
    const { data } = this;
    const lanes = data.unsent;
    data.unsent = [];
    const { batchId, kind } = this.#input;
    const account = data.account === undefined ? this.#input.account : (data.account ?? undefined);
    return lanes.map((lane) => {
      const sequence = ++data.sequence;
      const { resumes, maxRate } = data;
      data.heard[lane] ??= { at: now, repeats: 0 };
      const mustConfirm = data.unconfirmed?.lanes.includes(lane) ?? false;
      const askedAt = data.unconfirmed?.askedAt;
      const common = {
        batchId,
        kind,
        runStartedAt,
        sequence,
        sentAt: now,
        resumes,
        ranges: mustConfirm ? [] : this.#rangesFor(lane),
      };
      const options = { ...(maxRate !== undefined && { maxRate }), ...(account !== undefined && { account }) };
      const question = { mustConfirm: true as const, ...(askedAt !== undefined && { askedAt }) };
      return { lane, order: { ...common, ...options, ...this.#rejections.known, ...(mustConfirm && question) } };
    });
  }

  #rangesFor(lane: string): ChunkRange[] {
    const { doubts, waiting, next, isEnding } = this.data;
    const isShared = lane === SHARED_LANE;
    if (isShared && !this.data.isShared) return [];
    const isOwn = (chunk: { lane: string }): boolean => isShared || chunk.lane === lane;
    const rangeOf = (name: string, from: number, to: number, flags: Partial<ChunkRange> = {}): ChunkRange => ({
      from,
      to,
      ...(isShared && { lane: name }),
      ...flags,
    });
    if (this.#isHeld)
      return doubts
        .filter((doubt) => doubt.isOpen && isOwn(doubt))
        .map(({ lane: name, index, passes }) =>
          rangeOf(name, index, index + 1, {
            resolveOnly: true,
            ...(isEnding && passes >= PASSES_AT_END && { isLast: true }),
          }),
        );
    const again = waiting
      .filter((chunk) => chunk.dueAt === undefined && isOwn(chunk))
      .map(({ lane: name, index, isLast, isCompared }) =>
        rangeOf(name, index, index + 1, { ...(isLast && { isLast }), ...(isCompared && { isCompared }) }),
      );
    const first = Object.entries(next)
      .filter(([name, from]) => from < this.#chunksOf(name) && isOwn({ lane: name }))
      .map(([name, from]) => rangeOf(name, from, this.#chunksOf(name)));
    return [...again, ...first];
  }

  /** Takes a lane's report. A report about a chunk that the batch does not expect changes nothing but its doubts. */
  report(reported: ChunkReport, handledAt: number): void {
    const { data } = this;
    const now = reported.sentAt ?? handledAt;
    const chunk = reported.turn < (data.resumedAt ?? 0) ? withoutCause(reported) : reported;
    const worker = chunk.isShared ? SHARED_LANE : this.#laneOf(chunk);
    this.#hear(worker, now);
    if (chunk.counts && !data.reported.includes(worker)) data.reported.push(worker);
    const { countedTurns = {} } = data;
    data.countedTurns = { ...countedTurns, [chunk.lane]: Math.max(chunk.turn, countedTurns[chunk.lane] ?? 0) };
    this.#doubts.update(chunk, now);
    if (chunk.needsSharedLane) this.#startMove(chunk.lane, now);
    // An order that was under way for long arrived after the one that holds the lane.
    if (this.#isHeld && !chunk.resolveOnly && chunk.turn > (data.heldAt ?? 0)) this.#holdAgain(worker, now);
    const again = data.waiting.find((other) => isSame(other, chunk));
    const isFirst = !again && this.#nextOf(chunk.lane) === chunk.index;
    if (!again && !isFirst) return;
    const hasSettled = this.#counts.count(chunk);
    this.#updateWaitReason(chunk, hasSettled, now);
    if (hasSettled) delete data.failingSince;
    if (!chunk.isDone && this.#rejections.isPlaced(chunk)) this.#markUnsent(worker);
    if (!chunk.isDone || chunk.resolveOnly || again?.dueAt !== undefined) return;
    if (isFirst) data.next[chunk.lane] = chunk.index + 1;
    if (again) data.waiting.splice(data.waiting.indexOf(again), 1);
    this.#scheduleRound(chunk, again, now);
  }

  /** Puts a chunk that is not finished among those that wait for another round. */
  #scheduleRound(chunk: ChunkReport, again: WaitingChunk | undefined, now: number): void {
    const { lane, index } = chunk;
    const rounds = (again?.rounds ?? 0) + 1;
    const since = again?.since ?? Math.min(chunk.turn, now);
    const passes = this.#doubts.passesOf(chunk);
    if (chunk.retryable === 0 && passes === undefined) return this.#counts.finish(chunk);
    if (this.data.isEnding) return;
    if (again?.isLast) {
      this.data.leftOpen = [...new Set([...(this.data.leftOpen ?? []), this.#laneOf(chunk)])];
      return;
    }
    const backoffMs = passes === undefined ? roundBackoffMs(rounds) : laneBackoffMs(passes);
    const wait = this.#rejections.waitAfter(chunk);
    const dueAt = Math.max(now, Math.min(now + backoffMs, this.#lastAt({ since, ...wait })));
    this.data.waiting.push({ lane, index, rounds, since, dueAt, ...wait });
  }

  #updateWaitReason(chunk: ChunkReport, hasSettled: boolean, now: number): void {
    const { data } = this;
    const wasHeld = this.#isHeld;
    const waitReason = this.#rejections.take(chunk);
    if (waitReason) setWaitReason(data, waitReason, now);
    // A lane that settled nothing does not prove progress. And misbehaviour of the API stands until an operator resumes,
    // whatever other lanes report.
    else if ((hasSettled || chunk.isDone) && data.waitReason?.kind !== "behaviour") recordProgress(data, now);
    if (data.waitReason && this.#rejections.refutes(data.waitReason)) clearWaitReason(data);
    if (this.#isHeld !== wasHeld) this.#hold(now);
  }

  pause(now: number): void {
    delete this.data.failingSince;
    this.data.isPaused = true;
    this.#hold(now);
  }

  /** An operator has fixed the cause: all waiting chunks are due, and earlier failures no longer count. */
  resume(now: number, { account }: Resumption = {}): void {
    const { data } = this;
    if (account !== undefined) data.account = account;
    data.isPaused = false;
    data.resumedAt = now;
    data.resumes++;
    clearWaitReason(data);
    this.#rejections.clear();
    for (const chunk of data.waiting) {
      chunk.since = now;
      delete chunk.isLast;
      if (chunk.dueAt !== undefined) chunk.dueAt = now;
    }
    for (const doubt of data.doubts) delete doubt.isOpen;
    for (const lane of this.openLanes) this.#markUnsent(lane);
  }

  setMaxRate(maxRate: MaxRate): void {
    this.data.maxRate = maxRate;
    for (const lane of this.openLanes) this.#markUnsent(lane);
  }

  /** No further ticket is started. The batch is over when its lanes have confirmed that, and no ticket is ambiguous. */
  end(now: number): void {
    const { data } = this;
    data.isEnding = true;
    delete data.isMoving;
    // An order may have crossed the last report of a chunk that has open rows: the lane would work it again.
    const lanes = this.isDone ? (data.leftOpen ?? []) : this.openLanes;
    if (this.#input.isRestart && !this.isDone) {
      if (!lanes.includes(SHARED_LANE)) lanes.push(SHARED_LANE);
      this.readUnreadLanes(now);
    }
    this.#hold(now);
    for (const doubt of data.doubts) Object.assign(doubt, { passes: Math.min(doubt.passes, 1), dueAt: now });
    data.waiting = data.waiting.filter(({ dueAt }) => dueAt === undefined);
    this.#awaitConfirmation(lanes, now);
  }

  /** A run before this one may have left ambiguous tickets that only the lease of a lane names. */
  readUnreadLanes(now: number): void {
    const { data } = this;
    const unread = Object.keys(data.next).filter((lane) => !data.reported.includes(lane));
    if (!data.reported.includes(SHARED_LANE)) data.isSharedUnread = true;
    // The leases of the chunks' own lanes come first: the shared lane does not read them.
    if (unread.length > 0) data.isShared = false;
    for (const lane of unread) this.#doubts.add({ lane, index: 0 }, now);
  }

  #readSharedLane(now: number): void {
    const [first] = Object.keys(this.data.next);
    delete this.data.isSharedUnread;
    this.data.isShared = true;
    if (first !== undefined) this.#doubts.add({ lane: first, index: 0 }, now);
  }

  /** The lane works no chunk of the batch any more, or only ambiguous tickets. */
  orderTaken({ lane, sequence, askedAt, isUnproven, sentAt }: OrderTaken, handledAt: number): void {
    const { unconfirmed, isMoving, next } = this.data;
    const now = sentAt ?? handledAt;
    this.#hear(lane, now);
    if (!unconfirmed || sequence < unconfirmed.sequence) return;
    // A run before this one, which an operator terminated or reset, asked the lane before it got the orders of this one.
    if (askedAt !== undefined && askedAt !== unconfirmed.askedAt) return;
    // A turn that reads takes the lease from an attempt of an earlier run of the lane.
    const [first = lane] = Object.keys(next);
    if (isUnproven && lane === SHARED_LANE && !this.data.isShared) this.data.isSharedUnread = true;
    else if (isUnproven) this.#doubts.add({ lane: lane === SHARED_LANE ? first : lane, index: 0, isUnproven }, now);
    unconfirmed.lanes = unconfirmed.lanes.filter((other) => other !== lane);
    if (unconfirmed.lanes.length > 0) return;
    delete this.data.unconfirmed;
    if (!isMoving) return;
    delete this.data.isMoving;
    this.data.isShared = true;
    for (const doubt of this.data.doubts) delete doubt.isOpen;
    if (this.#lanesWithChunks.length > 0) this.#markUnsent(SHARED_LANE);
  }

  /** The lane has ended before its work. */
  laneEnded(lane: string): void {
    const isOpen = this.openLanes.includes(lane) || this.data.unconfirmed?.lanes.includes(lane);
    if (isOpen) this.#markUnsent(lane);
  }

  /** @param reporter a lane that may work a chunk although the batch has nothing open there: an order was under way for long */
  #startMove(reporter: string, now: number): void {
    const { data } = this;
    if (data.isShared || data.isEnding || data.isMoving) return;
    const lanes = [...new Set([...this.openLanes, reporter])];
    data.isMoving = true;
    this.#hold(now);
    this.#awaitConfirmation(lanes, now);
  }

  #awaitConfirmation(lanes: string[], now: number): void {
    if (lanes.length === 0) delete this.data.unconfirmed;
    else this.data.unconfirmed = { lanes, sequence: this.data.sequence + 1, askedAt: now };
    for (const lane of lanes) this.#markUnsent(lane);
  }

  /** Orders the lanes again: they stop their turns, or may go on. */
  #hold(now: number): void {
    this.data.heldAt = now;
    for (const lane of this.openLanes) this.#markUnsent(lane);
    for (const doubt of this.data.doubts) delete doubt.isOpen;
  }

  /** A lane works on. A batch that ends, or moves, has to know when it stops. */
  #holdAgain(lane: string, now: number): void {
    const { isEnding, isMoving, unconfirmed } = this.data;
    const lanes = isEnding || isMoving ? [...new Set([...(unconfirmed?.lanes ?? []), lane])] : [lane];
    for (const each of lanes) this.#markUnsent(each);
    if (isEnding || isMoving) this.#awaitConfirmation(lanes, now);
  }

  /** The lanes that have something to say, and when they have been silent for too long. */
  #silentLanes(): { lane: string; repeatAt: number }[] {
    const { unconfirmed, unsent, heard } = this.data;
    const lanes = unconfirmed?.lanes ?? (this.#isHeld ? this.#lanesOfOpenDoubts : this.openLanes);
    return lanes.flatMap((lane) => {
      const last = heard[lane];
      return last && !unsent.includes(lane) ? [{ lane, repeatAt: last.at + repeatAfterMs(last.repeats) }] : [];
    });
  }

  get #lanesOfOpenDoubts(): string[] {
    return [...new Set(this.data.doubts.flatMap((doubt) => (doubt.isOpen ? [this.#laneOf(doubt)] : [])))];
  }

  #hear(lane: string, now: number): void {
    this.data.heard[lane] = { at: now, repeats: 0 };
  }

  #laneOf = ({ lane }: { lane: string }): string => (this.data.isShared ? SHARED_LANE : lane);

  #markUnsent(lane: string): void {
    if (!this.data.unsent.includes(lane)) this.data.unsent.push(lane);
  }

  #nextOf = (lane: string): number => this.data.next[lane] ?? 0;
  #chunksOf = (lane: string): number => this.#input.chunks[lane] ?? 0;
  /** When the last round starts. Rows that wait for the batch to decide do not fail. */
  #lastAt = ({ since, unplaced }: Pick<WaitingChunk, "since" | "unplaced">): number =>
    unplaced ? Number.POSITIVE_INFINITY : since + this.#input.giveUpAfterMs;
}
