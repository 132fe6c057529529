import type { BatchRecord } from "@caselink/ledger";
import { closeEngine } from "../engine/engine.ts";
import { openClusterEngine } from "../engine/cluster-engine.ts";
import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";

/** Of batches without an end in the ledger, those whose end Temporal recorded. Empty if Temporal cannot be asked. */
export async function findNewerEnds(
  unfinished: readonly BatchRecord[],
  settings: Settings,
  output: Output,
): Promise<BatchRecord[]> {
  if (settings.isLocal || unfinished.length === 0) return [];
  try {
    const engine = await openClusterEngine(settings, output);
    try {
      const ended = await Promise.all(
        // A batch of another ledger under this id says nothing about this one.
        unfinished.map((record) => engine.batches.hasEnded(record).catch(() => false)),
      );
      return unfinished.filter((_, at) => ended[at]);
    } finally {
      await closeEngine(engine, output);
    }
  } catch {
    return []; // the check of Temporal reports it
  }
}
