import type { ChunkReport, ChunkResult, ChunkTask, LaneStateData, Order, OrderTaken } from "./contracts.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";
import { laneBackoffMs } from "./retry-schedule.ts";

/** A turn that has started. */
export interface Turn {
  result: Promise<ChunkResult>;
  /** Cuts it short: its result may be an error then. */
  cancel(): void;
}

/** The clock, the activity and the messages of a lane: Temporal's workflow provides them, or a simulation. */
export interface LaneDependencies {
  lane: string;
  now: () => number;
  /** Starts one turn of a chunk. */
  work(task: ChunkTask): Turn;
  /** Why a turn failed as a whole; undefined if it was cut short. */
  failureOf(error: unknown): string | undefined;
  sleep(milliseconds: number): Promise<void>;
  /** Resolves when `isSo` returns true, or after that time. */
  waitUntil: (isSo: () => boolean, milliseconds: number) => Promise<unknown>;
  /** Sends a report to the chunk's batch. False: there is no such batch any more. */
  report(batchId: string, report: ChunkReport): Promise<boolean>;
  /** The batch learns that the lane has taken its order. */
  confirm: (batchId: string, taken: OrderTaken) => Promise<unknown>;
  /** The batch learns that the lane does not have its order. False: there is no such batch any more. */
  leave(batchId: string): Promise<boolean>;
  /** The history of the run is long enough, or workers of another version are to go on. */
  mustContinueAsNew: () => boolean;
  /** Workers of another version are to go on: a lane that waits does so now. */
  mustChangeVersion: () => boolean;
  /** No message is handled at the moment. */
  hasHandledAll: () => boolean;
  /** How long reads of the API may lag behind writes, in milliseconds. */
  readLagMs: number;
}

/** How a step ended: no chunk waits, the lane waited for another batch's writes to show, or it worked a turn. */
export type LaneStep = "idle" | "waited" | "worked";

const TURN_BUDGET_MS = 10_000;
const IDLE_MS = 30_000;
/** An order that was under way for longer may not be its batch's last word. The batch is asked for another. */
const LATE_MS = 10_000;
/** The batches of the queue wait for a worker: it ends the wait. */
const UNATTENDED_MS = 3_600_000;

/**
 * The lane's loop: one writer for the tickets of a lane, over all batches of an endpoint. It works one chunk at
 * a time. A turn always ends; tickets that it leaves ambiguous are named by the lane's lease, so that no other batch writes to
 * them.
 */
export class LaneLoop {
  readonly queue: LaneQueue;
  readonly #dependencies: LaneDependencies;
  #lastWrite: LaneStateData["lastWrite"];
  /** The turn that may be cut short. */
  #turn: Turn | undefined;
  #isEnding = false;
  /** The orders that came too late, by their batches, until a newer one comes. */
  readonly #late = new Map<string, Order>();
  /** The batches to ask for another order. */
  readonly #toAsk = new Set<string>();
  /** Counts what may give the lane work: orders, and workers that are there again. */
  #calls = 0;

  constructor(dependencies: LaneDependencies, state?: LaneStateData) {
    this.#dependencies = dependencies;
    this.queue = new LaneQueue(state);
    this.#lastWrite = state?.lastWrite;
  }

  /** The state that the next run of the workflow continues with. */
  data(): LaneStateData {
    return { ...this.queue.data(), ...(this.#lastWrite && { lastWrite: this.#lastWrite }) };
  }

  take(order: Order): void {
    this.wake();
    if (this.queue.hasTaken(order)) return;
    if (this.#isLate(order)) {
      this.#late.set(order.batchId, order);
      this.#toAsk.add(order.batchId);
      return;
    }
    this.#late.delete(order.batchId);
    if (this.queue.take(order)) this.#turn?.cancel();
  }

  /**
   * Meanwhile the batch may have learned that its chunks are done, and may end without a word to this lane. The
   * next order counts, however late it is: on a slow machine all of them are.
   */
  #isLate(order: Order): boolean {
    const { sentAt, ranges, batchId } = order;
    if (sentAt === undefined || ranges.length === 0 || this.#dependencies.now() - sentAt <= LATE_MS) return false;
    const before = this.#late.get(batchId);
    return before === undefined || before.run !== order.run || before.sequence >= order.sequence;
  }

  /** There may be work now. */
  wake(): void {
    this.#calls++;
  }

  /** What waits in the lane is for the batches to order again. */
  end(): void {
    this.#isEnding = true;
    this.#turn?.cancel();
  }

  /** Works until the lane has had no work for a while, has to end, or has to continue as new with its {@link data}. */
  async run(): Promise<"ended" | "continued"> {
    const { mustContinueAsNew } = this.#dependencies;
    for (;;) {
      await this.#askForOrders();
      await this.#confirmOrders();
      if (this.#isEnding) {
        await this.#leaveBatches();
        return "ended";
      }
      const step = await this.step();
      if (step === "idle" && (await this.#staysIdle())) return "ended";
      if (mustContinueAsNew() && !this.#hasMessages && !this.#isEnding) return "continued";
    }
  }

  get #hasMessages(): boolean {
    return this.queue.hasConfirmations || this.#toAsk.size > 0;
  }

  async #askForOrders(): Promise<void> {
    for (const batchId of this.#toAsk) {
      this.#toAsk.delete(batchId);
      if (!(await this.#dependencies.leave(batchId))) this.#late.delete(batchId);
    }
  }

  async #confirmOrders(): Promise<void> {
    const { lane, confirm, now } = this.#dependencies;
    while (this.queue.hasConfirmations)
      for (const { batchId, taken } of this.queue.takeConfirmations(lane))
        await confirm(batchId, { ...taken, sentAt: now() });
  }

  async #leaveBatches(): Promise<void> {
    for (const batchId of this.queue.batchIds) await this.#dependencies.leave(batchId);
    await this.#confirmOrders();
  }

  /** Waits for work. True if none came, and no batch waits in the queue. */
  async #staysIdle(): Promise<boolean> {
    const { queue } = this;
    const { now, waitUntil, hasHandledAll, mustChangeVersion } = this.#dependencies;
    const calls = this.#calls;
    const idleMs = queue.isEmpty ? IDLE_MS : UNATTENDED_MS;
    const waitMs = Math.max(1, (queue.nextAt ?? now() + idleMs) - now());
    await waitUntil(() => this.#calls !== calls || this.#isEnding || mustChangeVersion(), waitMs);
    return queue.isEmpty && !this.#hasMessages && this.#calls === calls && hasHandledAll();
  }

  /** One turn, or a wait for another batch's writes. */
  async step(): Promise<LaneStep> {
    const next = this.queue.next(this.#dependencies.now());
    if (!next) return "idle";
    const lagMs = this.#readLagMs(next.batch.batchId);
    if (lagMs > 0) {
      // The batch may be removed meanwhile, so the next step asks the queue again.
      this.queue.putBack();
      await this.#dependencies.sleep(lagMs);
      return "waited";
    }
    await this.#workTurn(next);
    return "worked";
  }

  /** How long the batch has to wait until another batch's last write shows. */
  #readLagMs(batchId: string): number {
    const last = this.#lastWrite;
    if (!last || last.batchId === batchId) return 0;
    const lagMs = last.readLagMs ?? this.#dependencies.readLagMs;
    // A clock that was put back does not lengthen the wait.
    return Math.min(lagMs, last.endedAt + lagMs - this.#dependencies.now());
  }

  async #workTurn(next: NextChunk): Promise<void> {
    const { lane, now } = this.#dependencies;
    const { batch, range } = next;
    const { batchId } = batch;
    const turn = now();
    const result = await this.#work(next, turn);
    const { readLagMs } = result;
    if (result.hasWritten ?? true)
      this.#lastWrite = { batchId, endedAt: now(), ...(readLagMs !== undefined && { readLagMs }) };
    if (result.counts) this.queue.prove(batchId);
    const isDone = result.deferred === 0;
    const { waitReason } = result;
    const waitMs = (failedTurns: number): number => Math.max(laneBackoffMs(failedTurns), waitReason?.retryAfterMs ?? 0);
    // A batch without a worker waits until one is there, and the others go on. A chunk that is done waits for its next round.
    const hasFailed = waitReason !== undefined && !result.isUntaken && !isDone;
    this.queue.finish(next, isDone, now(), hasFailed ? waitMs : undefined);
    // The batch may have moved long ago, if an order was under way for long: it would never take the chunks back.
    if (result.needsSharedLane) this.queue.drop(batch);
    const isThere = await this.#dependencies.report(batchId, {
      ...result,
      turn,
      lane: range.lane ?? lane,
      index: range.from,
      isDone,
      ...(range.resolveOnly && { resolveOnly: true }),
      ...(range.lane !== undefined && { isShared: true as const }),
      sentAt: now(),
    });
    if (!isThere) this.queue.remove(batchId);
  }

  async #work(next: NextChunk, turn: number): Promise<ChunkResult> {
    try {
      const started = this.#dependencies.work(this.#task(next, turn));
      // A turn that only reads ambiguous tickets is short.
      if (!next.range.resolveOnly) this.#turn = started;
      return await started.result;
    } catch (error) {
      // It may have sent something. The lease names the chunk, and its batch asks again.
      const reason = this.#dependencies.failureOf(error);
      const waitReason = reason === undefined ? {} : { waitReason: { kind: "worker" as const, reason } };
      return { deferred: 1, retryable: 0, ambiguous: 0, ...waitReason };
    } finally {
      this.#turn = undefined;
    }
  }

  #task({ batch, range }: NextChunk, turn: number): ChunkTask {
    const { batchId, kind, resumes, maxRate, account, accepted } = batch;
    return {
      batchId,
      kind,
      lane: range.lane ?? this.#dependencies.lane,
      ...(range.lane !== undefined && {
        isShared: true as const,
        ...(this.#lastWrite && { sinceWriteMs: Math.max(0, turn - this.#lastWrite.endedAt) }),
      }),
      index: range.from,
      turn,
      budgetMs: range.resolveOnly ? 0 : TURN_BUDGET_MS,
      resumes,
      isLast: range.isLast ?? false,
      ...(range.isCompared && { isCompared: true }),
      ...(accepted && { accepted }),
      ...(maxRate !== undefined && { maxRate }),
      ...(account !== undefined && { account }),
    };
  }
}
