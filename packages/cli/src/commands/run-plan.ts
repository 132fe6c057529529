import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch } from "./known-batch.ts";
import { batchLine } from "../screen/plan-screen.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";
import { confirmValidRowsOnly } from "./confirm-valid-rows-only.ts";
import { planEvent } from "./plan-event.ts";
import { probeStorage } from "./probe-storage.ts";
import type { RunOptions } from "./run.ts";

/** Runs a plan that `plan --save` saved. Its input is not read again. */
export async function runPlan(
  id: string,
  options: Pick<RunOptions, "detach" | "yes">,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  requireSharedLedger(settings);
  const record = await knownBatch(id, settings);
  const state = await settings.ledger.savedPlan(id);
  if (state === undefined) {
    throw new UserError(
      t`batch ${id} is not a saved plan, and has already started.\n  Follow it with: caselink attach ${id}`,
    );
  }
  if (!(await settings.ledger.summary(id))) requireSameApi(record, settings);
  if (state === "waiting") {
    await probeStorage(settings, output);
    output.event({ ...planEvent(record, undefined), batch: id });
    const remedy = (others: string | undefined): string =>
      others === undefined
        ? t`List them with caselink report ${id} --outcome invalid,\nfix the input and plan it again and run it again.`
        : t`List them with caselink report ${id} --outcome invalid,\nfix the input and plan it again, or run the other ${others} with --yes.`;
    if (record.counts.invalid > 0 && !(await confirmValidRowsOnly(record, remedy, options, output))) {
      return exitStatus.userError;
    }
    output.progress(batchLine(record));
  }
  const { runBatch, startDetached } = await import("../run/run-batch.ts"); // loads Temporal
  return (options.detach ? startDetached : runBatch)(record, settings, output);
}
