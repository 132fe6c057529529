import type { PlannedBatch } from "@caselink/ledger";
import { readApiConfig } from "@caselink/worker/config";
import { exitStatus, type ExitStatus } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { requireNewId } from "../run/other-batch.ts";
import { rerunCommand } from "./shell-command.ts";
import { warningLines, batchLine, errorLines } from "../screen/plan-screen.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";
import { confirmValidRowsOnly } from "./confirm-valid-rows-only.ts";
import { inputErrorEvents, inputWarningEvents, planEvent } from "./plan-event.ts";
import { planRequest, type PlanOptions } from "./plan-input.ts";
import { probeStorage } from "./probe-storage.ts";
import { writeRejects, type RejectsFile } from "./rejects-file.ts";

export interface RunOptions extends PlanOptions {
  detach?: boolean;
  yes?: boolean;
}

/** Plans, then runs durably and follows the batch to its end. */
export async function run(
  paths: string[],
  options: RunOptions,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const { endpoint, account } = readApiConfig(settings.env); // fails before any input is read
  requireSharedLedger(settings);
  await probeStorage(settings, output);
  const planned = await settings.ledger.plan({
    ...(await planRequest(paths, options, endpoint, settings, output.streams.stdin)),
    ...(account !== undefined && { account }),
  });
  let isCommitted = false;
  try {
    const rejects = await writeRejects(planned, paths, settings);
    for (const event of [...inputErrorEvents(planned.errors), ...inputWarningEvents(planned)]) output.event(event);
    for (const line of warningLines(planned)) output.progress(line);
    output.event(planEvent(planned.record, rejects?.path));
    if (planned.errorCount > 0 && !(await confirmRun(planned, rejects, options, output))) return exitStatus.userError;
    if (options.batch !== undefined) await requireNewId(planned.record, settings, output);
    const record = await planned.commit();
    isCommitted = true;
    output.progress(batchLine(record));
    // Temporal is loaded only if something is sent.
    const { runBatch, startDetached } = await import("../run/run-batch.ts");
    return await (options.detach ? startDetached : runBatch)(record, settings, output);
  } finally {
    if (!isCommitted) await planned.discard();
  }
}

/** Shows the invalid rows and asks whether to run the others. */
async function confirmRun(
  planned: PlannedBatch,
  rejects: RejectsFile | undefined,
  options: RunOptions,
  output: Output,
): Promise<boolean> {
  const written = rejects && { ...rejects, rerun: rerunCommand(rejects.path, options) };
  for (const line of errorLines(planned, written)) output.note(line);
  return confirmValidRowsOnly(planned.record, remedy, options, output);
}

const remedy = (others: string | undefined): string =>
  others === undefined ? t`Fix the input and run it again.` : t`Fix the input, or run the other ${others} with --yes.`;
