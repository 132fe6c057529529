import { withEngine } from "../run/run-batch.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import type { Settings } from "../settings.ts";

/** Changes the maximum rate of a batch that has not ended; undefined removes it. */
export async function rate(
  id: string,
  maxRate: number | undefined,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  const done = await settings.ledger.summary(id);
  if (done) throw new UserError(`batch ${id} is already ${done.state}: see caselink report ${id}`);
  await requireStarted(id, settings);
  requireSameApi(record, settings);
  return withEngine(record, settings, output, async ({ batches }) => {
    await batches.start(record); // a crash may have prevented the start
    try {
      await batches.setMaxRate(id, maxRate);
    } catch (error) {
      const { WorkflowUpdateFailedError } = await import("@temporalio/client");
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      throw new UserError(`cannot change the rate of batch ${id}: ${error.cause?.message ?? error.message}`);
    }
    output.event({ event: "rate", batch: id, max_rate: maxRate ?? null });
    const now =
      maxRate === undefined ? "has no maximum rate of its own" : `sends at most ${maxRate} requests per second`;
    output.print(
      `Batch ${id} now ${now}.\nAll workers apply it within ten seconds.  Follow it with: caselink attach ${id}`,
    );
    return exitStatus.succeeded;
  });
}
