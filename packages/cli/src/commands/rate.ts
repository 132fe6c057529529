import { withEngine } from "../run/run-batch.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";
import { noteOtherAccount } from "./batch-account.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted, requireUnfinished } from "./known-batch.ts";
import type { Settings } from "../settings.ts";

/** Changes the maximum rate of a batch that has not ended; undefined removes it. */
export async function rate(
  id: string,
  maxRate: number | undefined,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  await requireUnfinished(id, settings);
  await requireStarted(id, settings);
  requireSameApi(record, settings);
  noteOtherAccount(record, settings, output);
  return withEngine(record, settings, output, async ({ batches }) => {
    await batches.start(record); // a crash may have prevented the start
    try {
      await batches.setMaxRate(id, maxRate);
    } catch (error) {
      const { WorkflowUpdateFailedError } = await import("@temporalio/client");
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      throw new UserError(
        t`cannot change the rate of batch ${id}: ${translated(error.cause?.message ?? error.message)}`,
      );
    }
    output.event({ event: "rate", batch: id, max_rate: maxRate ?? null });
    output.print(
      maxRate === undefined
        ? t`Batch ${id} now has no maximum rate of its own.`
        : t`Batch ${id} now sends at most ${maxRate} requests per second.`,
    );
    output.print(t`All workers apply it within ten seconds.  Follow it with: caselink attach ${id}`);
    return exitStatus.succeeded;
  });
}
