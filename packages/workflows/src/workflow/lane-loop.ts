import type { ChunkReport, ChunkResult, LaneStateData } from "./contracts.ts";
import { LaneQueue, type NextChunk } from "./lane-queue.ts";
import { workTurn, type TurnDependencies } from "./lane-turn.ts";
import { laneBackoffMs } from "./retry-schedule.ts";

/** The clock, the activity and the messages of a lane: Temporal's workflow provides them, or a simulation. */
export interface LaneDependencies extends Omit<TurnDependencies, "report"> {
  sleep(milliseconds: number): Promise<void>;
  /** Sends a report to the chunk's batch. */
  report(batchId: string, report: ChunkReport): Promise<void>;
  /** How long reads of the API may lag behind writes, in milliseconds. */
  readLagMs: number;
}

/** How a step ended: no chunk waits, the lane waited for another batch's writes to show, or it worked a turn. */
export type LaneStep = "idle" | "waited" | "worked";

/**
 * The lane's loop, step by step: one writer for the tickets of a lane, over all batches of an endpoint.
 *
 * It works one chunk at a time. A turn ends only when every write of it has a known outcome, so two batches never have
 * an ambiguous write to the same ticket.
 */
export class LaneLoop {
  readonly queue: LaneQueue;
  readonly #dependencies: LaneDependencies;
  /** Consecutive turns that ended with a wait reason. */
  #failedTurns: number;
  #lastWrite: LaneStateData["lastWrite"];
  #leastTurn: number;

  constructor(dependencies: LaneDependencies, state?: LaneStateData) {
    this.#dependencies = dependencies;
    this.queue = new LaneQueue(state);
    this.#failedTurns = state?.failedTurns ?? 0;
    this.#lastWrite = state?.lastWrite;
    this.#leastTurn = state?.leastTurn ?? 0;
  }

  /** The state that the next run of the workflow continues with. */
  data(): LaneStateData {
    return {
      ...this.queue.data(),
      failedTurns: this.#failedTurns,
      leastTurn: this.#leastTurn,
      ...(this.#lastWrite && { lastWrite: this.#lastWrite }),
    };
  }

  async step(): Promise<LaneStep> {
    const next = this.queue.next();
    if (!next) return "idle";
    const lagMs = this.#readLagMs(next.batch.batchId);
    if (lagMs > 0) {
      // The batch may be removed meanwhile, so the next step asks the queue again.
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
    return last.endedAt + this.#dependencies.readLagMs - this.#dependencies.now();
  }

  async #workTurn(next: NextChunk): Promise<void> {
    const { lane, now, wait } = this.#dependencies;
    const { batchId } = next.batch;
    const turn = Math.max(now(), this.#leastTurn);
    const report = (result: ChunkResult, isDone: boolean): Promise<void> =>
      this.#dependencies.report(batchId, { ...result, turn, lane: next.lane ?? lane, index: next.index, isDone });
    const { result, seenTurn } = await workTurn(next, turn, {
      ...this.#dependencies,
      report: (interim) => report(interim, false),
    });
    this.#leastTurn = Math.max(turn, seenTurn) + 1;
    if (result.hasWritten ?? true) this.#lastWrite = { batchId, endedAt: now() };
    const isDone = result.deferred === 0;
    this.queue.finish(next, isDone);
    // Another try would only do more harm: the batch waits for an operator, or takes its chunks back.
    if (result.waitReason?.kind === "behaviour" || result.needsSharedLane) this.queue.pause(batchId);
    await report(result, isDone);
    // A batch without a worker waits by itself, and the others go on.
    const waitReason = next.batch.isUnattended ? undefined : result.waitReason;
    this.#failedTurns = waitReason ? this.#failedTurns + 1 : 0;
    if (waitReason) await wait(Math.max(laneBackoffMs(this.#failedTurns), waitReason.retryAfterMs ?? 0));
  }
}
