import { readEndpoint } from "@caselink/worker/config";
import { exitStatus, type ExitStatus } from "../exit-status.ts";
import type { Output } from "../output.ts";
import { callsOf, planScreen } from "../screen/plan-screen.ts";
import type { Settings } from "../settings.ts";
import { planInput, writeRejects, type PlanOptions } from "./plan-input.ts";
import { planEvent } from "./plan-event.ts";

/** Validates, groups and shows what would be done. Sends nothing. */
export async function plan(
  paths: string[],
  options: PlanOptions,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const planned = await planInput(paths, options, endpointOrNone(settings), settings);
  try {
    const rejects = await writeRejects(planned, paths, settings);
    output.event({ ...planEvent(planned, rejects), calls: callsOf(planned) });
    output.print(planScreen(planned, rejects));
    if (planned.record.counts.to_send > 0) output.print(`Next: caselink run ${paths.join(" ")}`);
    return planned.faultCount > 0 ? exitStatus.refused : exitStatus.succeeded;
  } finally {
    await planned.discard();
  }
}

/** A plan sends nothing, so it needs no API; it names one where it is configured. */
function endpointOrNone({ env }: Settings): string {
  return env["CASELINK_ENDPOINT"] || env["CASELINK_SITE"] ? readEndpoint(env) : "";
}
