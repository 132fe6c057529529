import type { PlannedBatch } from "@caselink/ledger";
import type { ApiConfig } from "@caselink/worker/config";
import { newCheck, type Check } from "../check/check.ts";
import { checkPlan } from "../check/check-plan.ts";
import { CredentialsRejectedError, exitStatus, type ExitStatus } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import { watchInterrupts } from "../run/interrupts.ts";
import { openApi } from "./batch-api.ts";
import type { Output } from "../output.ts";
import { pathOf, type BaseSettings } from "../settings.ts";
import { requireOutFile } from "./require-files.ts";
import { checkOpening, checkProgress } from "../screen/check-screen.ts";
import { count } from "../screen/format.ts";
import { LineProgress } from "../screen/line-progress.ts";

export interface CheckPlannedOptions {
  maxRate?: number;
  /** Does not read the related tickets. */
  skipRelated?: boolean;
  /** The file for all rows with their predicted outcomes: lines of JSON for `.jsonl`, else CSV. */
  out?: string;
}

export type Checked = { check: Check; tookMs: number } | { stopped: ExitStatus };

/** Reads the tickets of a plan and shows the progress. After Ctrl-C the same command continues the check. */
export async function checkPlanned(
  planned: PlannedBatch,
  options: CheckPlannedOptions,
  config: ApiConfig,
  settings: Pick<BaseSettings, "cwd" | "ledger">,
  output: Output,
): Promise<Checked> {
  if (options.out !== undefined) await requireOutFile(options.out, settings);
  const profile = await settings.ledger.apiProfile(config.endpoint);
  const check = newCheck();
  const startedAt = performance.now();
  const tookMs = (): number => performance.now() - startedAt;
  const progress = await LineProgress.open(output);
  const interrupts = watchInterrupts();
  let hasStarted = false;
  const onProgress = (): void => {
    if (!hasStarted) output.progress(checkOpening(check, planned.record));
    hasStarted = true;
    progress.show(() => checkProgress(check, tookMs()));
  };
  const { maxInFlight } = config;
  try {
    await using api = openApi(config, options.maxRate);
    const reading = {
      api: api.client,
      maxInFlight,
      withRelated: !options.skipRelated,
      isSymmetric: profile?.facts.symmetric?.value === true,
      signal: interrupts.detach,
      onProgress,
    };
    await checkPlan(planned, reading, check);
  } catch (error) {
    if (interrupts.detach.aborted) {
      output.note(
        `\n${t`Interrupted after ${count(check.done)} of ${count(check.reads)} reads. Nothing was changed.\nRun the same command again to continue.`}`,
      );
      return { stopped: exitStatus.interrupted };
    }
    if (!(error instanceof CredentialsRejectedError)) throw error;
    output.event({ event: "blocked", reason: error.message });
    output.note(
      t`The API lets this account read nothing: ${translated(error.message)}\n  Nothing was changed. Find the cause with: caselink doctor`,
    );
    return { stopped: exitStatus.blocked };
  } finally {
    progress.close();
    interrupts.stop();
  }
  if (options.out !== undefined) {
    const format = options.out.endsWith(".jsonl") ? "jsonl" : "csv";
    await planned.report({ format, out: pathOf(settings, options.out) });
  }
  return { check, tookMs: tookMs() };
}
