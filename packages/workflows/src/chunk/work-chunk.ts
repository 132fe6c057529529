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
  const { ledger, now, classifier } = dependencies;
  const { requestLimitMs } = dependencies.api;
  const lease = await LaneLease.acquire({ ...dependencies.lease, ledger, now, requestLimitMs });
  try {
    // Requests of a stalled predecessor have arrived before this attempt reads a ticket.
    if (lease.writableFrom > now()) await dependencies.sleep(lease.writableFrom - now());
    const record = await ChunkRecord.open(ledger, task, { now, beforeWrite: () => lease.assertHeld() });
    if (record.wasAccepted) classifier.recordAccepted("read");
    if (record.hasWritten) classifier.recordWrite();
    return await new ChunkAttempt(task, dependencies, lease, record).run();
  } finally {
    await lease.release();
  }
}
