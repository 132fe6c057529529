import { chunkIdOf, type LeaseDoubt } from "@caselink/ledger";
import type { ChunkResult, ChunkTask } from "../workflow/contracts.ts";
import { ChunkAttempt } from "./chunk-attempt.ts";
import type { ChunkDependencies } from "./chunk-dependencies.ts";
import { ChunkRecord } from "./chunk-record.ts";
import { placeOf, readHeldTickets } from "./held-tickets.ts";
import { LaneLease } from "./lane-lease.ts";
import { readLagOf } from "./read-lag.ts";

/** The ledger may take longer to create a lease: the batch may have ended meanwhile. */
const USUAL_MS = 3_000;
const ENDED: ChunkResult = { deferred: 0, retryable: 0, ambiguous: 0, hasWritten: false };
const NOTHING_DONE: ChunkResult = { deferred: 1, retryable: 0, ambiguous: 0, hasWritten: false };

/**
 * One turn of a chunk: settles as many of its tickets as the budget allows and stores the results.
 *
 * It never fails because of a row. It first resolves what earlier turns and attempts have left ambiguous. Until its own writes
 * are resolved, the lane's lease names the chunk.
 */
export async function workChunk(task: ChunkTask, dependencies: ChunkDependencies): Promise<ChunkResult> {
  const { ledger, now } = dependencies;
  const { requestLimitMs } = dependencies.api;
  const claim: LeaseDoubt = { batch: task.batchId, chunk: chunkIdOf(task.lane, task.index) };
  const askedAt = now();
  const lease = await LaneLease.acquire({
    ...dependencies.lease,
    ledger,
    now,
    requestLimitMs,
    claim,
    turn: task.turn,
    isShared: task.isShared === true,
    sinceWriteMs: task.sinceWriteMs,
  });
  const result = await workHeld(task, dependencies, { lease, claim, askedAt });
  return lease.isRepeated ? { ...result, hasWritten: true } : result;
}

/** The turn of an attempt that has acquired the lane. */
async function workHeld(
  task: ChunkTask,
  dependencies: ChunkDependencies,
  { lease, claim, askedAt }: { lease: LaneLease; claim: LeaseDoubt; askedAt: number },
): Promise<ChunkResult> {
  const { ledger, now, classifier, sleep, stop, readLag = readLagOf() } = dependencies;
  const guard = { now, beforeWrite: () => lease.assertHeld(), onSettled: dependencies.onSettled };
  let doubts: LeaseDoubt[] | undefined;
  try {
    const mayResolve = task.budgetMs === 0 && lease.isClaimDoubtful;
    if (dependencies.symmetry?.isSymmetric && !task.isShared && !mayResolve) {
      doubts = [...lease.doubts];
      return leaveToSharedLane(await ChunkRecord.open(ledger, task, guard));
    }
    const { mustSeal, mustSealClaim } = lease;
    // Requests of a stalled predecessor have arrived before this attempt reads a ticket.
    if (!(await lease.waitUntilWritable(sleep, stop))) return NOTHING_DONE;
    // An attempt that no one waits for any more must not change what the batch has reported.
    const isLate = mustSeal || Math.abs(now() - askedAt) > USUAL_MS;
    if (isLate && (await ledger.summary(task.batchId))) return ENDED;
    if (!(await lease.waitUntilShown(readLag.ms, sleep, stop))) return NOTHING_DONE;
    const { batchId } = task;
    const held = await readHeldTickets({ ledger, named: lease.doubts, batchId, guard, mustSeal });
    const record = await ChunkRecord.open(ledger, task, guard);
    if (mustSealClaim) await record.seal();
    if (mustSeal) await lease.recordSealed();
    classifier.recordAccepted(...(task.accepted ?? []));
    if (record.wasAccepted) classifier.recordAccepted("read");
    if (record.hasWritten) classifier.recordAccepted("success");
    const result = await new ChunkAttempt(task, { ...dependencies, readLag }, lease, record, held.tickets).run();
    doubts = result.ambiguous > 0 ? [...held.chunks, claim] : held.chunks;
    const others = held.chunks.flatMap(({ batch, chunk }) => (batch === task.batchId ? [placeOf(chunk)] : []));
    return { ...result, ...(others.length > 0 && { otherDoubts: others }) };
  } finally {
    await lease.release(doubts, readLag.ms);
  }
}

/**
 * The shared lane may work the chunk already, if the order that led here was under way for long. The shared lane
 * resolves what is ambiguous, too. This lane must not even read the tickets, unless the batch ends and asks it to: what it
 * concluded from a write in progress would be false.
 */
function leaveToSharedLane(record: ChunkRecord): ChunkResult {
  const ambiguous = record.ambiguousTickets().length;
  return {
    counts: record.counts(),
    deferred: record.openTickets().length - ambiguous,
    retryable: 0,
    ambiguous,
    hasWritten: false,
    needsSharedLane: true,
  };
}
