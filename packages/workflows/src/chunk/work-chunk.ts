import type { ChunkResult, ChunkTask } from "../workflow/contracts.ts";
import { ChunkAttempt } from "./chunk-attempt.ts";
import type { ChunkDependencies } from "./chunk-dependencies.ts";
import { ChunkRecord } from "./chunk-record.ts";
import { LaneHold } from "./lane-lease.ts";

/**
 * One turn of a chunk: settles as many of its tickets as the budget allows and stores what became of them.
 *
 * It never fails because of a row. Called again with the same turn, after a crash too, it first clears what the
 * attempt before may have left in doubt.
 */
export async function workChunk(task: ChunkTask, dependencies: ChunkDependencies): Promise<ChunkResult> {
  const { ledger, now, admission } = dependencies;
  const { requestLimitMs } = dependencies.api;
  const hold = await LaneHold.take({ ...dependencies.hold, ledger, now, requestLimitMs });
  try {
    // What a stalled predecessor may still be sending has arrived before this attempt looks at anything.
    if (hold.writesFrom > now()) await dependencies.sleep(hold.writesFrom - now());
    const record = await ChunkRecord.open(ledger, task, { now, beforeWrite: () => hold.assertHeld() });
    if (record.wasLetIn) admission.letIn("read");
    if (record.hasWritten) admission.noteWritten();
    return await new ChunkAttempt(task, dependencies, hold, record).run();
  } finally {
    await hold.release();
  }
}
