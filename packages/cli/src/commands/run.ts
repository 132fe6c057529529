import { createInterface } from "node:readline/promises";
import type { PlannedBatch } from "@caselink/ledger";
import { readApiConfig } from "@caselink/worker/config";
import { carryOn, startDetached } from "../carry-on.ts";
import { exitStatus, type ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { count, counted } from "../screen/format.ts";
import { faultLines } from "../screen/plan-screen.ts";
import type { Settings } from "../settings.ts";
import { planEvent } from "./plan-event.ts";
import { planInput, writeRejects, type PlanOptions } from "./plan-input.ts";

export interface RunOptions extends PlanOptions {
  detach?: boolean;
  yes?: boolean;
}

/** Plans, then runs durably and follows to the end. */
export async function run(
  paths: string[],
  options: RunOptions,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const { endpoint } = readApiConfig(settings.env); // what is missing is said before anything is read
  const planned = await planInput(paths, options, endpoint, settings);
  let isCommitted = false;
  try {
    const rejects = await writeRejects(planned, paths, settings);
    output.event(planEvent(planned, rejects));
    if (planned.faultCount > 0 && !(await mayRunTheRest(planned, rejects, options, output))) return exitStatus.refused;
    const record = await planned.commit();
    isCommitted = true;
    const { counts } = record;
    output.progress(
      `Batch ${record.id}: ${count(counts.to_send)} of ${counted(counts.rows, "row")} to send for ${counted(counts.tickets_to_send, "ticket")}.`,
    );
    return await (options.detach ? startDetached : carryOn)(record, settings, output);
  } finally {
    if (!isCommitted) await planned.discard();
  }
}

/** Some rows are invalid: shows them and asks whether to run the others. */
async function mayRunTheRest(
  planned: PlannedBatch,
  rejects: string | undefined,
  options: RunOptions,
  output: Output,
): Promise<boolean> {
  for (const line of faultLines(planned, rejects).slice(1)) output.note(line);
  const { counts } = planned.record;
  if (options.yes) return true;
  const rest = `the other ${counted(counts.rows - counts.invalid, "row")}`;
  if (!process.stdin.isTTY || !output.isTerminal || counts.to_send === 0) {
    output.note(`${counted(counts.invalid, "row")} of ${count(counts.rows)} invalid. Nothing was sent.`);
    output.note(
      counts.to_send === 0 ? "Mend the input and run it again." : `Mend the input, or run ${rest} with --yes.`,
    );
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`Run ${rest} without them? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    output.note("Nothing was sent.");
    return false;
  } finally {
    prompt.close();
  }
}
