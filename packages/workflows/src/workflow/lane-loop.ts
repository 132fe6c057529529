import type { ChunkReport, ChunkResult, ChunkTask, LaneStateData } from "./contracts.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";
import { laneBackoffMs } from "./retry-schedule.ts";

/** The clock, the activity and the messages of a lane: Temporal's workflow provides them, or a simulation. */
export interface LaneDependencies {
  lane: string;
  now: () => number;
  /** One turn of a chunk. A turn with a budget may be cut short. */
  work(task: ChunkTask): Promise<ChunkResult>;
  /** Why a turn failed as a whole; undefined if it was cut short. */
  failureOf(error: unknown): string | undefined;
  sleep(milliseconds: number): Promise<void>;
  /** Sends a report to the chunk's batch. False: there is no such batch any more. */
  report(batchId: string, report: ChunkReport): Promise<boolean>;
  /** How long reads of the API may lag behind writes, in milliseconds. */
  readLagMs: number;
}

/** How a step ended: no chunk waits, the lane waited for another batch's writes to show, or it worked a turn. */
export type LaneStep = "idle" | "waited" | "worked";

const TURN_BUDGET_MS = 10_000;

/**
 * The lane's loop, step by step: one writer for the tickets of a lane, over all batches of an endpoint. It works one chunk at
 * a time. A turn always ends; tickets that it leaves ambiguous are named by the lane's lease, so that no other batch writes to
 * them.
 */
export class LaneLoop {
  readonly queue: LaneQueue;
  readonly #dependencies: LaneDependencies;
  #lastWrite: LaneStateData["lastWrite"];

  constructor(dependencies: LaneDependencies, state?: LaneStateData) {
    this.#dependencies = dependencies;
    this.queue = new LaneQueue(state);
    this.#lastWrite = state?.lastWrite;
  }

  /** The state that the next run of the workflow continues with. */
  data(): LaneStateData {
    return { ...this.queue.data(), ...(this.#lastWrite && { lastWrite: this.#lastWrite }) };
  }

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
    const isThere = await this.#dependencies.report(batchId, {
      ...result,
      turn,
      lane: range.lane ?? lane,
      index: range.from,
      isDone,
      ...(range.resolveOnly && { resolveOnly: true }),
      ...(range.lane !== undefined && { isShared: true as const }),
    });
    if (!isThere) this.queue.remove(batchId);
  }

  async #work(next: NextChunk, turn: number): Promise<ChunkResult> {
    try {
      return await this.#dependencies.work(this.#task(next, turn));
    } catch (error) {
      // It may have sent something. The lease names the chunk, and its batch asks again.
      const reason = this.#dependencies.failureOf(error);
      const waitReason = reason === undefined ? {} : { waitReason: { kind: "worker" as const, reason } };
      return { deferred: 1, retryable: 0, ambiguous: 0, ...waitReason };
    }
  }

  #task({ batch, range }: NextChunk, turn: number): ChunkTask {
    const { batchId, kind, resumes, maxRate, account } = batch;
    return {
      batchId,
      kind,
      lane: range.lane ?? this.#dependencies.lane,
      ...(range.lane !== undefined && { isShared: true as const }),
      index: range.from,
      turn,
      budgetMs: range.resolveOnly ? 0 : TURN_BUDGET_MS,
      resumes,
      isLast: range.isLast ?? false,
      ...(maxRate !== undefined && { maxRate }),
      ...(account !== undefined && { account }),
    };
  }
}
