import { setTimeout as wait } from "node:timers/promises";
import type { DrawnBatch } from "./draw-chaos.ts";
import type { CommandRuns } from "./follow-through.ts";

/** Long enough that the turns in progress report to the paused batch. */
const PAUSED_MS = 8_000;
const AGAIN_MS = 500;

/**
 * Pauses a batch for a while, as an operator does with two commands. A `resume` that is interrupted is typed again: in local
 * mode it works the batch to its end.
 */
export async function pauseForAWhile(batch: DrawnBatch, runs: CommandRuns): Promise<void> {
  const { name } = batch;
  const { stage, envOf, record, over } = runs;
  const env = envOf(batch);
  const paused = await stage.run(["pause", name, "--json"], { env });
  if (paused.status === 0) record(`pause a batch, ${name},`);
  // It has ended, or has not started.
  if (paused.status === 2) return;
  await wait(PAUSED_MS, undefined, { signal: over }).catch(() => undefined);
  // A failed pause may have reached the batch.
  while (!over.aborted) {
    const { status } = await stage.run(["resume", name, "--json"], { env });
    if (status !== 1) return;
    await wait(AGAIN_MS, undefined, { signal: over }).catch(() => undefined);
  }
}
