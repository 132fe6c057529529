import { setTimeout as delay } from "node:timers/promises";
import type { BatchRecord } from "@caselink/ledger";
import type { BatchClient } from "@caselink/workflows";
import { unlessEnded, withEngine } from "../run/run-batch.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";
import { noteOtherAccount } from "./batch-account.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted, requireUnfinished } from "./known-batch.ts";
import { rejectLate } from "./reject-late.ts";
import { workerRateLine } from "../screen/worker-rate.ts";
import type { Settings } from "../settings.ts";

const ASK_MS = 15_000;

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
  return withEngine(record, settings, output, async (engine) => {
    const { batches } = engine;
    await batches.start(record); // a crash may have prevented the start
    try {
      if (!(await unlessEnded(() => batches.setMaxRate(id, maxRate)))) await rejectLate(record, engine, settings);
    } catch (error) {
      const { WorkflowUpdateFailedError } = await import("@temporalio/client");
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      throw new UserError(
        t`cannot change the rate of batch ${id}: ${translated(error.cause?.message ?? error.message)}`,
      );
    }
    const workerMaxRate = await workerMaxRateOf(record, batches);
    output.event({
      event: "rate",
      batch: id,
      max_rate: maxRate ?? null,
      ...(workerMaxRate !== undefined && { worker_max_rate: workerMaxRate }),
    });
    output.print(
      maxRate === undefined
        ? t`Batch ${id} now has no maximum rate of its own.`
        : t`Batch ${id} now sends at most ${maxRate} requests per second.`,
    );
    const lower = workerRateLine({ maxRate, workerMaxRate });
    if (lower) output.print(t`The lower maximum holds: ${lower}.`);
    output.print(t`All workers apply it within ten seconds.  Follow it with: caselink attach ${id}`);
    return exitStatus.succeeded;
  });
}

/** The lowest maximum of the workers that work the batch now; undefined if none has one, or if they do not respond. */
async function workerMaxRateOf(record: BatchRecord, batches: BatchClient): Promise<number | undefined> {
  const asked = batches.progressReader(record).all();
  const progress = await Promise.race([asked.catch(() => undefined), delay(ASK_MS, undefined, { ref: false })]);
  return progress?.workerMaxRate;
}
