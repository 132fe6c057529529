import type { CommittedBatch, PlannedBatch, PlanPreview } from "@caselink/ledger";
import type { Check } from "../check/check.ts";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { probeStorage } from "./probe-storage.ts";
import { rerunCommand, shellWords } from "./shell-command.ts";
import { factLines } from "../screen/api-facts.ts";
import { nextStep } from "../screen/format.ts";
import { warningLines, callsOf, errorLines, planEstimate, planScreen } from "../screen/plan-screen.ts";
import type { BaseSettings } from "../settings.ts";
import type { Checked, CheckPlannedOptions } from "./check-planned.ts";
import { planRequest, type PlanOptions } from "./plan-input.ts";
import { inputErrorEvents, inputWarningEvents, planEvent } from "./plan-event.ts";
import { writeRejects } from "./rejects-file.ts";

export interface PlanOnlyOptions extends PlanOptions, CheckPlannedOptions {
  /** Reads the tickets and predicts the outcome of every row. */
  check?: boolean;
  /** Saves the plan for `run --plan`. */
  save?: boolean;
}

/** If at least this many tickets, and all of the plan, are forbidden, the account has no permission. */
const MIN_FORBIDDEN_TICKETS = 3;

/** The endpoint of a plan for which no API is named. */
const NO_ENDPOINT = "";

/**
 * Validates and groups the rows of the inputs and shows what would be sent. Sends nothing.
 *
 * @param typed the inputs and options as typed, for the next command on the screen
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
  if (options.save) await probeStorage(settings, output);
  // A plan that is only shown need not be stored.
  const planned = options.check || options.save ? await settings.ledger.plan(request) : undefined;
  const found = planned ?? (await settings.ledger.preview(request));
  let isSaved = false;
  try {
    const rejects = await writeRejects(found, paths, settings);
    for (const event of [...inputErrorEvents(found.errors), ...inputWarningEvents(found)]) output.event(event);
    output.print(planScreen(found));
    for (const lines of [factLines(await profileOf(request.endpoint, settings)), warningLines(found)]) {
      if (lines.length > 0) output.print(["", ...lines].join("\n"));
    }
    const errors = errorLines(found, rejects && { ...rejects, rerun: rerunCommand(rejects.path, options) });
    if (errors.length > 0) output.note(["", ...errors].join("\n"));
    const checked = planned && options.check ? await runCheck(planned, options, settings, output) : undefined;
    if (checked && "stopped" in checked) return checked.stopped;
    const check = checked?.check;
    const saved = planned && options.save ? await planned.commit({ startsLater: true }) : undefined;
    isSaved = saved !== undefined;
    const calls = check ? check.writes + found.record.counts.tickets_to_send : callsOf(found);
    output.event({
      ...planEvent(found.record, rejects?.path),
      calls,
      ...(check && checkFields(found, check)),
      ...(check && options.out !== undefined && { path: options.out }),
      ...(saved && { batch: saved.id }),
    });
    output.print(`\n${planEstimate(found, calls)}`);
    for (const line of nextSteps(found, options, typed)) output.print(line);
    if (saved) output.print(await savedPlanLines(saved, settings));
    return statusOf(found, check, output);
  } finally {
    if (!isSaved) await found.discard();
  }
}

function assertCheckOptions({ check, out, skipRelated }: PlanOnlyOptions): void {
  if (check) return;
  if (out !== undefined) throw new UserError(t`--out writes the predicted outcomes: add --check`);
  if (skipRelated) throw new UserError(t`--skip-related only applies to a check: add --check`);
}

/** The API of the plan. @throws {ConfigError} before any input is read, if a check or a saved plan lacks it */
async function endpointFor({ check, save }: PlanOnlyOptions, settings: BaseSettings): Promise<string> {
  if (!check && !save) return knownEndpoint(settings);
  const { readApiConfig, readEndpoint } = await import("@caselink/worker/config");
  return check ? readApiConfig(settings.env).endpoint : readEndpoint(settings.env);
}

/** A plan that is only shown needs neither API nor ledger; it uses what the ledger has about the named API. */
async function knownEndpoint({ env, ledger }: BaseSettings): Promise<string> {
  if (!(await ledger.hasApiProfiles().catch(() => false))) return NO_ENDPOINT;
  const { ConfigError, readEndpoint } = await import("@caselink/worker/config");
  try {
    return readEndpoint(env);
  } catch (error) {
    if (error instanceof ConfigError) return NO_ENDPOINT;
    throw error;
  }
}

const profileOf = async (endpoint: string, { ledger }: BaseSettings) =>
  endpoint === NO_ENDPOINT ? undefined : ledger.apiProfile(endpoint);

async function runCheck(
  planned: PlannedBatch,
  options: PlanOnlyOptions,
  settings: BaseSettings,
  output: Output,
): Promise<Checked> {
  // Loaded late: a plan without a check needs no SDK.
  const [{ checkPlanned }, { checkScreen }, { readApiConfig }] = await Promise.all([
    import("./check-planned.ts"),
    import("../screen/check-screen.ts"),
    import("@caselink/worker/config"),
  ]);
  const checked = await checkPlanned(planned, options, readApiConfig(settings.env), settings, output);
  if ("check" in checked) output.print(checkScreen(checked.check, checked.tookMs, options.out));
  return checked;
}

/** The counts of every outcome, of plan and check together. */
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
  const run = nextStep(t`Next`, `caselink run ${words}`, "");
  if (check) return [run];
  return [run, nextStep(t`Check`, `caselink plan ${words} --check`, t`reads the tickets, sends nothing`)];
}

/** The next step if no row can be sent. */
function nextWithNothingToSend({ invalid, limit_reached }: PlanPreview["record"]["counts"], words: string): string[] {
  if (invalid > 0) return [nextStep(t`Next`, t`fix the invalid rows, in the rejects file or in the input`, "")];
  if (limit_reached === 0) return [nextStep(t`Next`, t`add rows to the input`, "")];
  return [
    nextStep(t`Next`, t`keep at most three associations for each ticket, or send the first three:`, ""),
    nextStep("", `caselink plan ${words} --over-limit fill`, ""),
  ];
}

async function savedPlanLines({ id, attached }: CommittedBatch, { ledger }: BaseSettings): Promise<string> {
  if (attached && (await ledger.savedPlan(id)) !== "waiting") {
    return `${t`Batch ${id} of this input exists and has started.`}\n${nextStep(t`Status`, `caselink status ${id}`, "")}`;
  }
  return `${t`Saved as ${id}: planned, not started.`}\n${nextStep(t`Next`, `caselink run --plan ${id}`, "")}`;
}

function statusOf(planned: PlanPreview, check: Check | undefined, output: Output): ExitStatus {
  if (
    check &&
    check.forbiddenTickets >= MIN_FORBIDDEN_TICKETS &&
    check.forbiddenTickets === planned.record.counts.tickets_to_send
  ) {
    output.note(t`This account may read none of the tickets. Find the cause with: caselink doctor`);
    return exitStatus.blocked;
  }
  if (planned.errorCount > 0) return exitStatus.userError;
  return check && check.unread > 0 ? exitStatus.failed : exitStatus.succeeded;
}
