import { chunkIdOf } from "@caselink/ledger";
import type { ChunkResult, ChunkTask } from "../workflow/contracts.ts";
import { ChunkAttempt } from "./chunk-attempt.ts";
import type { ChunkDependencies } from "./chunk-dependencies.ts";
import { ChunkRecord } from "./chunk-record.ts";
import { LaneLease } from "./lane-lease.ts";

/**
 * One pass of a chunk's turn: settles as many of its tickets as the budget allows and stores the results.
 *
 * It never fails because of a row. A later pass or attempt of the same turn first resolves the ambiguous writes of the
 * earlier ones.
 */
export async function workChunk(task: ChunkTask, dependencies: ChunkDependencies): Promise<ChunkResult> {
  const { ledger, now, classifier, sleep, stop } = dependencies;
  const { requestLimitMs } = dependencies.api;
  const claim = { batch: task.batchId, chunk: chunkIdOf(task.lane, task.index) };
  const lease = await LaneLease.acquire({ ...dependencies.lease, claim, ledger, now, requestLimitMs });
  let doubts = [...lease.doubts, claim];
  try {
    // Requests of a stalled predecessor have arrived before this attempt reads a ticket.
    const isWritable = await lease.waitUntilWritable(sleep, stop);
    const record = await ChunkRecord.open(ledger, task, { now, beforeWrite: () => lease.assertHeld() });
    if (!isWritable) return stoppedResult(record);
    if (record.wasAccepted) classifier.recordAccepted("read");
    if (record.hasWritten) classifier.recordWrite();
    const result = await new ChunkAttempt(task, dependencies, lease, record).run();
    if (result.ambiguous === 0) doubts = [...lease.doubts];
    return result;
  } finally {
    await lease.release(doubts);
  }
}

/** The result of an attempt that was stopped before it could read a ticket. */
function stoppedResult(record: ChunkRecord): ChunkResult {
  const open = record.openTickets();
  const ambiguous = open.filter(({ ticket }) => record.snapshotOf(ticket) !== undefined).length;
  return { counts: record.counts(), deferred: open.length - ambiguous, retryable: 0, ambiguous };
}
