import type { ChunkFailure, ChunkResult, ChunkTask, WaitReason } from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import type { NextChunk } from "./lane-queue.ts";
import { laneBackoffMs } from "./retry-schedule.ts";

/** The facts of a failed pass, with the reason for people. */
type PassFailure = ChunkFailure & { reason: string };

/** The clock, the activity and the signals of a turn: Temporal's workflow provides them, or a simulation. */
export interface TurnDependencies {
  lane: string;
  now: () => number;
  /** One pass. A pass with a budget may be cut short. */
  work(task: ChunkTask): Promise<ChunkResult>;
  /** Why a pass failed; undefined if it was cut short. */
  failureOf(error: unknown): PassFailure | undefined;
  /** Waits; a resume or another message may end the wait early. */
  wait(milliseconds: number): Promise<void>;
  /** The batch ends and has taken its chunks back. */
  isRemoved(batchId: string): boolean;
  /** Reports an interim result while the turn continues. */
  report(result: ChunkResult): Promise<void>;
}

const TURN_BUDGET_MS = 10_000;
/** A batch that ends waits this many passes for ambiguous writes: about a minute. */
const PASSES_AFTER_REMOVAL = 5;
/** A lease that is not released for this long belongs to no attempt that works. */
const STALE_LEASE_MS = 60_000;

export interface TurnEnd {
  result: ChunkResult;
  /** The highest turn of another attempt's lease; 0: none. */
  seenTurn: number;
}

/**
 * One turn of a chunk. It lasts, with the lane kept, until no write is ambiguous or the time to give up has come.
 *
 * If a pass fails as a whole, for example because the ledger cannot be read, it may have sent writes. Then passes follow until
 * one has read every ticket. If the failed pass certainly sent nothing, the turn ends.
 */
export async function workTurn(next: NextChunk, turn: number, dependencies: TurnDependencies): Promise<TurnEnd> {
  return new LaneTurn(next, turn, dependencies).run();
}

class LaneTurn {
  readonly #next: NextChunk;
  readonly #turn: number;
  readonly #dependencies: TurnDependencies;
  readonly #leases: SeenLeases;
  #pass = 0;
  #ambiguousSince: number;
  #passesAfterRemoval = 0;
  #hasWritten = false;
  /** Ambiguous tickets after the last pass. */
  #ambiguous = 0;
  /** Consecutive passes that resolved nothing. */
  #fruitlessPasses = 0;

  constructor(next: NextChunk, turn: number, dependencies: TurnDependencies) {
    this.#next = next;
    this.#turn = turn;
    this.#dependencies = dependencies;
    this.#leases = new SeenLeases(turn);
    this.#ambiguousSince = dependencies.now();
  }

  async run(): Promise<TurnEnd> {
    for (; ; this.#pass++) {
      if (this.#dependencies.isRemoved(this.#next.batch.batchId)) this.#passesAfterRemoval++;
      const end = await this.#work();
      if ("result" in end) return { result: end.result, seenTurn: this.#leases.seenTurn };
      // The time in which an operator has to act does not count towards giving up.
      if (needsOperator(end.waitReason)) this.#ambiguousSince = this.#dependencies.now();
      if (this.#fruitlessPasses > 0) {
        const backoffMs = laneBackoffMs(this.#passesAfterRemoval || this.#fruitlessPasses);
        const isRemoved = this.#passesAfterRemoval > 0;
        await this.#dependencies.wait(Math.max(backoffMs, (!isRemoved && end.waitReason?.retryAfterMs) || 0));
      }
    }
  }

  /** One pass. Returns the turn's result, or the reason why the turn does not end yet. */
  async #work(): Promise<{ result: ChunkResult } | { waitReason: WaitReason | undefined }> {
    const task = this.#task();
    try {
      return await this.#takeResult(await this.#dependencies.work(task), task.isLast);
    } catch (error) {
      this.#hasWritten = true;
      const failure = this.#dependencies.failureOf(error);
      // Cut short between two attempts: an attempt that died may have left ambiguous writes, so another pass reads them.
      return failure ? await this.#takeFailure(failure) : { waitReason: undefined };
    }
  }

  #task(): ChunkTask {
    const { batch, index, lane } = this.#next;
    const { batchId, kind, account, giveUpAfterMs, resumes, maxRate } = batch;
    const { leaseTurn } = this.#leases;
    const isLast = this.#dependencies.now() - this.#ambiguousSince >= giveUpAfterMs || this.#hasWaitedAfterRemoval;
    return {
      batchId,
      kind,
      ...(account !== undefined && { account }),
      lane: lane ?? this.#dependencies.lane,
      ...(lane !== undefined && { isShared: true as const }),
      index,
      turn: this.#turn,
      pass: this.#pass,
      // Later passes only resolve ambiguous writes.
      budgetMs: this.#pass === 0 ? TURN_BUDGET_MS : 0,
      resumes,
      isLast,
      ...(maxRate !== undefined && { maxRate }),
      ...(leaseTurn !== this.#turn && { leaseTurn }),
    };
  }

  async #takeResult(
    result: ChunkResult,
    isLast: boolean,
  ): Promise<{ result: ChunkResult } | { waitReason: WaitReason | undefined }> {
    this.#hasWritten ||= result.hasWritten ?? true;
    if (result.ambiguous === 0 || isLast) return { result: { ...result, hasWritten: this.#hasWritten } };
    const { waitReason } = result;
    if (waitReason) await this.#dependencies.report(result);
    // After progress the next wait is short again.
    this.#fruitlessPasses = result.ambiguous < this.#ambiguous ? 1 : this.#fruitlessPasses + 1;
    this.#ambiguous = result.ambiguous;
    return { waitReason };
  }

  async #takeFailure(failure: PassFailure): Promise<{ result: ChunkResult } | { waitReason: WaitReason }> {
    const { nothingSent, heldBy, reason } = failure;
    const waitReason: WaitReason = { kind: "worker", reason };
    const result: ChunkResult = { deferred: 1, retryable: 0, ambiguous: 0, waitReason };
    if (heldBy) this.#leases.see(heldBy, this.#dependencies.now());
    if (nothingSent && this.#pass === 0) {
      if (heldBy) this.#leases.skip(heldBy);
      return { result };
    }
    // Otherwise the turn continues however long it takes: a new turn would attribute ambiguous writes to someone else.
    if (this.#hasWaitedAfterRemoval) return { result };
    await this.#dependencies.report(result);
    this.#fruitlessPasses++;
    return { waitReason };
  }

  get #hasWaitedAfterRemoval(): boolean {
    return this.#passesAfterRemoval > PASSES_AFTER_REMOVAL;
  }
}

/** The leases of other attempts that the passes of a turn have seen, and the turn to acquire this lane's lease with. */
class SeenLeases {
  leaseTurn: number;
  /** The highest turn among leases that no attempt uses; 0: none. */
  seenTurn = 0;
  #last: { token: string; at: number } | undefined;

  constructor(turn: number) {
    this.leaseTurn = turn;
  }

  /** A lease that is released, or has not been for a minute, is overtaken with a higher turn. */
  see(lease: NonNullable<ChunkFailure["heldBy"]>, now: number): void {
    if (this.#last?.token !== lease.token) this.#last = { token: lease.token, at: now };
    if (!lease.isReleased && now - this.#last.at < STALE_LEASE_MS) return;
    this.skip(lease);
    this.leaseTurn = Math.max(this.leaseTurn, lease.turn + 1);
  }

  /** The next turn of the lane gets a higher number than this lease has. */
  skip({ turn }: NonNullable<ChunkFailure["heldBy"]>): void {
    this.seenTurn = Math.max(this.seenTurn, turn);
  }
}
