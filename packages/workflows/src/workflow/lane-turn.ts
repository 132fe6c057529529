import type { ChunkFailure, ChunkResult, ChunkTask, Trouble } from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import type { NextChunk } from "./lane-queue.ts";
import { troubleDelayMs } from "./retry-schedule.ts";

/** A failed call, with the reason for people. */
export type CallFailure = ChunkFailure & { reason: string };

/** Where a turn is worked: Temporal's workflow, or a simulation. */
export interface TurnPlace {
  lane: string;
  now: () => number;
  /** One call of the chunk. A call with a budget may be cut short. */
  work(task: ChunkTask): Promise<ChunkResult>;
  /** Why a call failed; undefined where it was cut short. */
  failureOf(error: unknown): CallFailure | undefined;
  /** Waits; shorter where somebody says that things are mended. */
  wait(milliseconds: number): Promise<void>;
  /** The batch ends and wants its chunks back. */
  isWithdrawn(batchId: string): boolean;
  /** Says how it stands while the turn goes on. */
  report(result: ChunkResult): Promise<void>;
}

const TURN_BUDGET_MS = 10_000;
/** A batch that ends waits so many rounds for what is in doubt: about a minute. */
const ROUNDS_AFTER_WITHDRAWAL = 5;
/** A lease that is not given back for so long belongs to nobody who is alive and well. */
const STALE_LEASE_MS = 60_000;

export interface TurnEnd {
  result: ChunkResult;
  /** The lease was seen with this turn. */
  seenTurn: number;
}

/**
 * One turn of a chunk. It lasts, with the lane kept, until no write is ambiguous or the time to give up has come.
 *
 * A chunk that fails as a whole (because its ledger cannot be read, say) may have sent something, too: it is called again
 * until it has read its tickets, unless it proves that it had sent nothing.
 */
export async function workTurn(next: NextChunk, turn: number, place: TurnPlace): Promise<TurnEnd> {
  return new LaneTurn(next, turn, place).run();
}

class LaneTurn {
  readonly #next: NextChunk;
  readonly #turn: number;
  readonly #place: TurnPlace;
  readonly #leases: SeenLeases;
  #call = 0;
  #doubtSince: number;
  #roundsAfterWithdrawal = 0;
  #hasWritten = false;
  /** Ambiguous tickets of the last call. */
  #ambiguous = 0;
  /** Consecutive calls that left as much ambiguous as before. */
  #doubts = 0;

  constructor(next: NextChunk, turn: number, place: TurnPlace) {
    this.#next = next;
    this.#turn = turn;
    this.#place = place;
    this.#leases = new SeenLeases(turn);
    this.#doubtSince = place.now();
  }

  async run(): Promise<TurnEnd> {
    for (; ; this.#call++) {
      if (this.#place.isWithdrawn(this.#next.batch.batchId)) this.#roundsAfterWithdrawal++;
      const end = await this.#work();
      if ("result" in end) return { result: end.result, seenTurn: this.#leases.seenTurn };
      // An operator's time to act does not count as failing.
      if (needsOperator(end.trouble)) this.#doubtSince = this.#place.now();
      if (this.#doubts > 0) await this.#place.wait(troubleDelayMs(this.#roundsAfterWithdrawal || this.#doubts));
    }
  }

  /** One call. Returns the turn's result, or the reason why the turn does not end yet. */
  async #work(): Promise<{ result: ChunkResult } | { trouble: Trouble | undefined }> {
    const task = this.#task();
    try {
      return await this.#takeResult(await this.#place.work(task), task.isLast);
    } catch (error) {
      this.#hasWritten = true;
      const failure = this.#place.failureOf(error);
      // Cut short between two attempts: an attempt that died may have left ambiguous writes, so read once more.
      return failure ? await this.#takeFailure(failure) : { trouble: undefined };
    }
  }

  #task(): ChunkTask {
    const { batch, index } = this.#next;
    const { batchId, kind, giveUpAfterMs, wakes: canaryRound, maxRate } = batch;
    const { leaseTurn } = this.#leases;
    const isLast = this.#place.now() - this.#doubtSince >= giveUpAfterMs || this.#hasWaitedAfterWithdrawal;
    return {
      batchId,
      kind,
      lane: this.#place.lane,
      index,
      turn: this.#turn,
      call: this.#call,
      // After the first call only ambiguous writes are resolved.
      budgetMs: this.#call === 0 ? TURN_BUDGET_MS : 0,
      canaryRound,
      isLast,
      ...(maxRate !== undefined && { maxRate }),
      ...(leaseTurn !== this.#turn && { leaseTurn }),
    };
  }

  async #takeResult(
    result: ChunkResult,
    isLast: boolean,
  ): Promise<{ result: ChunkResult } | { trouble: Trouble | undefined }> {
    this.#hasWritten ||= result.hasWritten ?? true;
    if (result.ambiguous === 0 || isLast) return { result: { ...result, hasWritten: this.#hasWritten } };
    const { trouble } = result;
    if (trouble) await this.#place.report(result);
    // After progress the next wait is short again.
    this.#doubts = result.ambiguous < this.#ambiguous ? 1 : this.#doubts + 1;
    this.#ambiguous = result.ambiguous;
    return { trouble };
  }

  async #takeFailure(failure: CallFailure): Promise<{ result: ChunkResult } | { trouble: Trouble }> {
    const { nothingSent, takenBy, reason } = failure;
    const trouble: Trouble = { kind: "worker", reason };
    const result: ChunkResult = { remaining: 1, unsettled: 0, ambiguous: 0, trouble };
    if (takenBy) this.#leases.see(takenBy, this.#place.now());
    if (nothingSent && this.#call === 0) {
      if (takenBy) this.#leases.skip(takenBy);
      return { result };
    }
    // However long it takes: a new turn would attribute ambiguous writes to someone else.
    if (this.#hasWaitedAfterWithdrawal) return { result };
    await this.#place.report(result);
    this.#doubts++;
    return { trouble };
  }

  get #hasWaitedAfterWithdrawal(): boolean {
    return this.#roundsAfterWithdrawal > ROUNDS_AFTER_WITHDRAWAL;
  }
}

/** The leases of others that the calls of a turn have seen, and the turn to acquire the own lease with. */
class SeenLeases {
  leaseTurn: number;
  /** The highest turn among leases that nobody uses; 0: none. */
  seenTurn = 0;
  #last: { token: string; at: number } | undefined;

  constructor(turn: number) {
    this.leaseTurn = turn;
  }

  /** A lease that is released, or was not for a minute, is overtaken with a higher turn. */
  see(lease: NonNullable<ChunkFailure["takenBy"]>, now: number): void {
    if (this.#last?.token !== lease.token) this.#last = { token: lease.token, at: now };
    if (!lease.isReleased && now - this.#last.at < STALE_LEASE_MS) return;
    this.skip(lease);
    this.leaseTurn = Math.max(this.leaseTurn, lease.turn + 1);
  }

  /** The next turn of the lane gets a higher number than this lease has. */
  skip({ turn }: NonNullable<ChunkFailure["takenBy"]>): void {
    this.seenTurn = Math.max(this.seenTurn, turn);
  }
}
