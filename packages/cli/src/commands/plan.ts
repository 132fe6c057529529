import type { CommittedBatch, PlannedBatch, PlanPreview } from "@caselink/ledger";
import type { Check } from "../check/check.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import { rerunCommand, shellWords } from "./shell-command.ts";
import { noticeLines, callsOf, faultLines, planEstimate, planScreen } from "../screen/plan-screen.ts";
import type { BaseSettings } from "../settings.ts";
import type { Checked, CheckPlannedOptions } from "./check-planned.ts";
import { planRequest, type PlanOptions } from "./plan-input.ts";
import { faultEvents, noticeEvents, planEvent } from "./plan-event.ts";
import { writeRejects } from "./rejects-file.ts";

export interface PlanOnlyOptions extends PlanOptions, CheckPlannedOptions {
  /** Reads the tickets, and foresees what becomes of every row. */
  check?: boolean;
  /** Keeps the plan, to be run later as it is. */
  save?: boolean;
}

/** So many tickets, and all there are, are not the tickets' fault: a batch would be blocked. */
const TURNED_AWAY = 3;

/** A plan that is neither checked nor kept needs no API. */
const NO_ENDPOINT = "";

/**
 * Validates, groups and shows what would be done. Sends nothing.
 *
 * @param typed the inputs and options as they were typed, for the command that comes next
 */
export async function plan(
  paths: string[],
  options: PlanOnlyOptions,
  settings: BaseSettings,
  output: Output,
  typed: readonly string[],
): Promise<ExitStatus> {
  assertCheckOptions(options);
  const request = await planRequest(
    paths,
    options,
    await endpointFor(options, settings),
    settings,
    output.streams.stdin,
  );
  // What is only looked at need not be written.
  const planned = options.check || options.save ? await settings.ledger.plan(request) : undefined;
  const found = planned ?? (await settings.ledger.preview(request));
  let isKept = false;
  try {
    const rejects = await writeRejects(found, paths, settings);
    for (const event of [...faultEvents(found), ...noticeEvents(found)]) output.event(event);
    output.print(planScreen(found));
    const notices = noticeLines(found);
    if (notices.length > 0) output.print(["", ...notices].join("\n"));
    const faults = faultLines(found, rejects && { ...rejects, rerun: rerunCommand(rejects.path, options) });
    if (faults.length > 0) output.note(["", ...faults].join("\n"));
    const checked = planned && options.check ? await checkAsAsked(planned, options, settings, output) : undefined;
    if (checked && "stopped" in checked) return checked.stopped;
    const check = checked?.check;
    const kept = planned && options.save ? await planned.commit({ startsLater: true }) : undefined;
    isKept = kept !== undefined;
    const calls = check ? check.writes + found.record.counts.tickets_to_send : callsOf(found);
    output.event({
      ...planEvent(found.record, rejects?.path),
      calls,
      ...(check && checkFields(found, check)),
      ...(check && options.out !== undefined && { path: options.out }),
      ...(kept && { batch: kept.id }),
    });
    output.print(`\n${planEstimate(found, calls)}`);
    for (const line of nextSteps(found, options, typed)) output.print(line);
    if (kept) output.print(await keptLine(kept, settings));
    return statusOf(found, check, output);
  } finally {
    if (!isKept) await found.discard();
  }
}

function assertCheckOptions({ check, out, skipRelated }: PlanOnlyOptions): void {
  if (check) return;
  if (out !== undefined) throw new UserError("--out is for what a check foresees: add --check");
  if (skipRelated) throw new UserError("--skip-related is for a check: add --check");
}

/** The digest of a plan that outlives the command names the API. What is missing is said before anything is read. */
async function endpointFor({ check, save }: PlanOnlyOptions, { env }: BaseSettings): Promise<string> {
  if (!check && !save) return NO_ENDPOINT;
  const { readApiConfig, readEndpoint } = await import("@caselink/worker/config");
  return check ? readApiConfig(env).endpoint : readEndpoint(env);
}

async function checkAsAsked(
  planned: PlannedBatch,
  options: PlanOnlyOptions,
  settings: BaseSettings,
  output: Output,
): Promise<Checked> {
  // Loaded late: a plan alone needs no SDK.
  const [{ checkPlanned }, { checkScreen }, { readApiConfig }] = await Promise.all([
    import("./check-planned.ts"),
    import("../screen/check-screen.ts"),
    import("@caselink/worker/config"),
  ]);
  const checked = await checkPlanned(planned, options, readApiConfig(settings.env), settings, output);
  if ("check" in checked) output.print(checkScreen(checked.check, checked.tookMs, options.out));
  return checked;
}

/** Counts of every outcome, by the plan and the check together. */
function checkFields({ record }: PlanPreview, check: Check): Record<string, unknown> {
  const { outcomes } = check;
  return {
    checked: true,
    created: outcomes.created ?? 0,
    already_associated: outcomes.already_associated ?? 0,
    limit_reached: record.counts.limit_reached + (outcomes.limit_reached ?? 0),
    invalid: record.counts.invalid + (outcomes.invalid ?? 0),
    not_found: outcomes.not_found ?? 0,
    forbidden: outcomes.forbidden ?? 0,
    unknown: check.unknown,
    reads: check.done,
    ...(check.related !== undefined && { related: check.related }),
    unread: check.unread,
  };
}

function nextSteps(planned: PlanPreview, { check, save }: PlanOnlyOptions, typed: readonly string[]): string[] {
  if (save) return [];
  const words = shellWords(typed);
  const { counts } = planned.record;
  if (counts.to_send === 0) return nextWithNothingToSend(counts, words);
  const run = `Next: caselink run ${words}`;
  return check ? [run] : [run, `  or look first, at every ticket: caselink plan ${words} --check`];
}

/** Why there is nothing to send, and what changes that. */
function nextWithNothingToSend({ invalid, limit_reached }: PlanPreview["record"]["counts"], words: string): string[] {
  if (invalid > 0) return ["Next: mend what is invalid, in the file named above or in the input."];
  if (limit_reached === 0) return ["Next: put rows into the input."];
  return [
    "Next: leave at most three associations for each ticket, or take the first three:",
    `  caselink plan ${words} --over-limit fill`,
  ];
}

async function keptLine({ id, attached }: CommittedBatch, { ledger }: BaseSettings): Promise<string> {
  if (attached && (await ledger.keptPlan(id)) !== "waiting") {
    return `Batch ${id} of this input is there already, and started: caselink status ${id}`;
  }
  return `Kept as ${id}: planned, not started.\nNext: caselink run --plan ${id}`;
}

function statusOf(planned: PlanPreview, check: Check | undefined, output: Output): ExitStatus {
  if (
    check &&
    check.forbiddenTickets >= TURNED_AWAY &&
    check.forbiddenTickets === planned.record.counts.tickets_to_send
  ) {
    output.note("There is no permission for any of its tickets: look with caselink doctor");
    return exitStatus.blocked;
  }
  if (planned.faultCount > 0) return exitStatus.userError;
  return check && check.unread > 0 ? exitStatus.failed : exitStatus.succeeded;
}
