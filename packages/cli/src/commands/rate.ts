import { withEngine } from "../run/run-batch.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import type { Settings } from "../settings.ts";

/** Changes the most requests a second of a batch that has not ended; undefined: no maximum of its own. */
export async function rate(
  id: string,
  maxRate: number | undefined,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  const done = await settings.ledger.summary(id);
  if (done) throw new UserError(`batch ${id} is ${done.state} already: caselink report ${id}`);
  await requireStarted(id, settings);
  requireSameApi(record, settings);
  return withEngine(record, settings, output, async ({ batches }) => {
    await batches.start(record); // one that a crash kept from being started can be told, too
    try {
      await batches.setRate(id, maxRate);
    } catch (error) {
      const { WorkflowUpdateFailedError } = await import("@temporalio/client");
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      throw new UserError(`the rate of batch ${id} cannot be changed: ${error.cause?.message ?? error.message}`);
    }
    output.event({ event: "rate", batch: id, max_rate: maxRate ?? null });
    const what =
      maxRate === undefined ? "has no maximum of its own any more" : `sends at most ${maxRate} requests a second`;
    output.print(`Batch ${id} ${what}, within ten seconds everywhere.  Follow it: caselink attach ${id}`);
    return exitStatus.succeeded;
  });
}
