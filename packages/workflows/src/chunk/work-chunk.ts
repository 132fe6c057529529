import type { ChunkResult, ChunkTask } from "../workflow/contracts.ts";
import { ChunkAttempt } from "./chunk-attempt.ts";
import type { ChunkDependencies } from "./chunk-dependencies.ts";
import { ChunkRecord } from "./chunk-record.ts";
import { LaneLease } from "./lane-lease.ts";

/**
 * One turn of a chunk: settles as many of its tickets as the budget allows and stores what became of them.
 *
 * It never fails because of a row. Called again with the same turn, after a crash too, it first clears what the
 * attempt before may have left in doubt.
 */
export async function workChunk(task: ChunkTask, dependencies: ChunkDependencies): Promise<ChunkResult> {
  const { ledger, now, classifier } = dependencies;
  const { requestLimitMs } = dependencies.api;
  const lease = await LaneLease.acquire({ ...dependencies.lease, ledger, now, requestLimitMs });
  try {
    // What a stalled predecessor may still be sending has arrived before this attempt looks at anything.
    if (lease.writableFrom > now()) await dependencies.sleep(lease.writableFrom - now());
    const record = await ChunkRecord.open(ledger, task, { now, beforeWrite: () => lease.assertHeld() });
    if (record.wasAccepted) classifier.recordAccepted("read");
    if (record.hasWritten) classifier.recordWrite();
    return await new ChunkAttempt(task, dependencies, lease, record).run();
  } finally {
    await lease.release();
  }
}
