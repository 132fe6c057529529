import type { PlannedBatch } from "@caselink/ledger";
import type { ApiConfig } from "@caselink/worker/config";
import { newCheck, type Check } from "../check/check.ts";
import { checkPlan } from "../check/check-plan.ts";
import { CredentialsRejectedError, exitStatus, type ExitStatus } from "../errors.ts";
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
  /** Leaves the related tickets out. */
  skipRelated?: boolean;
  /** For the rows with what they are foreseen to end as: CSV, or lines of JSON where it ends in `.jsonl`. */
  out?: string;
}

export type Checked = { check: Check; tookMs: number } | { stopped: ExitStatus };

/** Reads the tickets of a plan, and says how far it is. Ctrl-C leaves it to be gone on with. */
export async function checkPlanned(
  planned: PlannedBatch,
  options: CheckPlannedOptions,
  config: ApiConfig,
  settings: Pick<BaseSettings, "cwd">,
  output: Output,
): Promise<Checked> {
  if (options.out !== undefined) await requireOutFile(options.out, settings);
  const check = newCheck();
  const startedAt = performance.now();
  const tookMs = (): number => performance.now() - startedAt;
  const progress = new LineProgress(output);
  const interrupts = watchInterrupts();
  let isOpened = false;
  const onProgress = (): void => {
    if (!isOpened) output.progress(checkOpening(check, planned.record));
    isOpened = true;
    progress.show(() => checkProgress(check, tookMs()));
  };
  const { inFlight } = config;
  try {
    await using api = openApi(config, options.maxRate);
    const reading = {
      api: api.client,
      inFlight,
      withRelated: !options.skipRelated,
      signal: interrupts.detach,
      onProgress,
    };
    await checkPlan(planned, reading, check);
  } catch (error) {
    const goOn = "The same command again goes on there.";
    if (interrupts.detach.aborted) {
      output.note(
        `\nInterrupted after ${count(check.done)} of ${count(check.reads)} reads. Nothing was changed. ${goOn}`,
      );
      return { stopped: exitStatus.interrupted };
    }
    if (!(error instanceof CredentialsRejectedError)) throw error;
    output.event({ event: "blocked", reason: error.message });
    output.note(`The API lets nothing be read: ${error.message}\n  Nothing was changed. Look with: caselink doctor`);
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
