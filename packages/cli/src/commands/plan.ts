import { exitStatus, type ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { callsOf, faultLines, planEstimate, planScreen } from "../screen/plan-screen.ts";
import { shellWords } from "../shell-words.ts";
import type { Places } from "../places.ts";
import { planInput, writeRejects, type PlanOptions } from "./plan-input.ts";
import { faultEvents, planEvent } from "./plan-event.ts";

/** A plan sends nothing, so it needs no API. */
const NO_ENDPOINT = "";

/**
 * Validates, groups and shows what would be done. Sends nothing.
 *
 * @param typed the inputs and options as they were typed, for the command that comes next
 */
export async function plan(
  paths: string[],
  options: PlanOptions,
  places: Places,
  output: Output,
  typed: readonly string[],
): Promise<ExitStatus> {
  const planned = await planInput(paths, options, NO_ENDPOINT, places);
  try {
    const rejects = await writeRejects(planned, paths, places);
    for (const event of faultEvents(planned)) output.event(event);
    output.event({ ...planEvent(planned, rejects), calls: callsOf(planned) });
    output.print(planScreen(planned));
    const faults = faultLines(planned, rejects);
    if (faults.length > 0) output.note(["", ...faults].join("\n"));
    output.print(`\n${planEstimate(planned)}`);
    if (planned.record.counts.to_send > 0) output.print(`Next: caselink run ${shellWords(typed)}`);
    return planned.faultCount > 0 ? exitStatus.refused : exitStatus.succeeded;
  } finally {
    await planned.discard();
  }
}
