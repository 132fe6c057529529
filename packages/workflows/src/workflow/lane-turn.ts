import type { ChunkFailure, ChunkResult, ChunkTask, Trouble } from "./contracts.ts";
import { needsOperator } from "./needs-operator.ts";
import type { NextChunk } from "./lane-queue.ts";
import { troubleDelayMs } from "./retry-schedule.ts";

/** Where a turn is worked: Temporal's workflow, or a simulation. */
export interface TurnPlace {
  lane: string;
  now: () => number;
  /** One call of the chunk. A call with a budget may be cut short. */
  work(task: ChunkTask): Promise<ChunkResult>;
  /** Why a call failed; undefined where it was cut short. */
  failureOf(error: unknown): (ChunkFailure & { reason: string }) | undefined;
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
 * One turn of a chunk. It goes on, with the lane held, until no write is in doubt or the time to give up has come.
 *
 * A chunk that fails as a whole (its ledger cannot be read, say) may have sent something, too: it is called again until it
 * has looked, unless it proves that it had sent nothing.
 */
export async function workTurn({ batch, index }: NextChunk, turn: number, place: TurnPlace): Promise<TurnEnd> {
  const { lane, now } = place;
  const { batchId, kind, giveUpAfterMs, wakes: canaryRound, maxRate } = batch;
  let budgetMs = TURN_BUDGET_MS;
  let doubtSince = now();
  let leaseTurn = turn;
  let seen: { token: string; at: number } | undefined;
  let seenTurn = 0;
  let roundsAfterWithdrawal = 0;
  let hasWritten = false;
  let ambiguous = 0;
  for (let [call, doubts] = [0, 0]; ; call++) {
    if (place.isWithdrawn(batchId)) roundsAfterWithdrawal++;
    const isLast = now() - doubtSince >= giveUpAfterMs || roundsAfterWithdrawal > ROUNDS_AFTER_WITHDRAWAL;
    const rate = maxRate === undefined ? {} : { maxRate };
    const lease = leaseTurn === turn ? {} : { leaseTurn };
    const task = { batchId, kind, lane, index, turn, call, budgetMs, canaryRound, isLast, ...rate, ...lease };
    let trouble: Trouble | undefined;
    try {
      const result = await place.work(task);
      hasWritten ||= result.hasWritten ?? true;
      if (result.ambiguous === 0 || isLast) return { result: { ...result, hasWritten }, seenTurn };
      ({ trouble } = result);
      if (trouble) await place.report(result);
      // What gets on need not be left alone for longer and longer.
      doubts = result.ambiguous < ambiguous ? 1 : doubts + 1;
      ({ ambiguous } = result);
    } catch (error) {
      hasWritten = true;
      const failure = place.failureOf(error);
      // Cut short between two attempts: one that died may have left writes in doubt, so it looks once more.
      if (failure) {
        trouble = { kind: "worker", reason: failure.reason };
        const result = { remaining: 1, unsettled: 0, ambiguous: 0, trouble };
        const { takenBy } = failure;
        if (takenBy) {
          if (seen?.token !== takenBy.token) seen = { token: takenBy.token, at: now() };
          if (takenBy.isReleased || now() - seen.at >= STALE_LEASE_MS) {
            seenTurn = Math.max(seenTurn, takenBy.turn);
            leaseTurn = Math.max(leaseTurn, takenBy.turn + 1);
          }
        }
        if (failure.nothingSent && call === 0) return { result, seenTurn: Math.max(seenTurn, takenBy?.turn ?? 0) };
        // However long it takes: a new turn would take what is in doubt for somebody else's.
        if (roundsAfterWithdrawal > ROUNDS_AFTER_WITHDRAWAL) return { result, seenTurn };
        await place.report(result);
        doubts++;
      }
    }
    budgetMs = 0; // from here on only what is in doubt
    if (needsOperator(trouble)) doubtSince = now();
    if (doubts > 0) await place.wait(troubleDelayMs(roundsAfterWithdrawal || doubts));
  }
}
