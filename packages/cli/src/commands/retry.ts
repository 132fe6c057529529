import {
  hasSucceeded,
  outcomeWords,
  RETRIED_OUTCOMES,
  type BatchRecord,
  type BatchSummary,
  type Outcome,
} from "@caselink/ledger";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t, translated } from "../language/words.ts";
import type { Output } from "../output.ts";
import { ownAccount, warnOfOtherAccount } from "./batch-account.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import { count, counted, listed } from "../screen/format.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

export interface RetryOptions {
  outcome?: string;
  detach?: boolean;
  yes?: boolean;
}

/** Outcomes of rows that succeeded, which cannot be retried. */
const SUCCEEDED = ["created", "already_associated", "duplicate"] as const satisfies readonly Outcome[];

/** Runs a new batch from the rows that did not succeed but still can. No row is ever in two unfinished retries. */
export async function retry(
  id: string,
  options: RetryOptions,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const outcomes = options.outcome === undefined ? RETRIED_OUTCOMES : parseOutcomes(options.outcome);
  const succeeded = SUCCEEDED.find((outcome) => outcomes.some((named) => named === outcome));
  if (succeeded) throw new UserError(t`${succeeded} rows have already succeeded: leave ${succeeded} out of --outcome`);
  const record = await knownBatch(id, settings);
  await requireStarted(id, settings);
  const source = await retriedBatch(record, settings);
  requireSharedLedger(settings);
  requireSameApi(source.record, settings);
  warnOfOtherAccount(source.record, "retry", settings, output);

  let wasDeclined = false;
  const confirm = async ({ counts }: BatchRecord): Promise<boolean> => {
    const question = t`Retry ${counted(counts.rows, "row")} of ${counted(counts.tickets, "ticket")}?`;
    const agrees = options.yes || (await output.confirm(question, true));
    wasDeclined = !agrees;
    return agrees;
  };
  const account = ownAccount(settings);
  const planned = await settings.ledger.planRetry(id, { outcomes, confirm, ...(account !== undefined && { account }) });
  if (wasDeclined) {
    output.note(t`Nothing was sent.`);
    return exitStatus.userError;
  }
  output.event({
    event: "retry",
    of: source.record.id,
    rows: planned?.counts.rows ?? 0,
    ...(planned && { batch: planned.id }),
  });
  if (!planned) {
    output.print(nothingToRetry(source.record.id, source.summary, outcomes));
    return exitStatus.succeeded;
  }
  const rows = counted(planned.counts.rows, "row");
  output.progress(t`Retry ${planned.id}: ${rows} of batch ${source.record.id}.`);
  const { runBatch, startDetached } = await import("../run/run-batch.ts"); // loads Temporal
  return (options.detach ? startDetached : runBatch)(planned, settings, output);
}

/**
 * The batch that a retry or its source goes back to, with its summary.
 *
 * @throws {UserError} if it has not ended, or if the batch is an undo
 */
async function retriedBatch(
  record: BatchRecord,
  { ledger }: Settings,
): Promise<{ record: BatchRecord; summary: BatchSummary }> {
  if (record.kind === "undo") {
    throw new UserError(t`batch ${record.id} is an undo. To remove the rest, run: caselink undo ${record.of ?? ""}`);
  }
  const first = record.of === undefined ? undefined : await ledger.batch(record.of);
  const source = first ?? record;
  const summary = await ledger.summary(source.id);
  if (summary) return { record: source, summary };
  throw new UserError(
    t`batch ${source.id} is not finished, and retries failed rows automatically.\n  Follow it with caselink attach ${source.id}, or end it with caselink cancel ${source.id}`,
  );
}

function nothingToRetry(id: string, summary: BatchSummary, requested: readonly Outcome[]): string {
  const names = requested.map((outcome) => translated(outcomeWords[outcome])).join(t` or `);
  const lines = [t`Nothing to retry in batch ${id}: it has no more rows that are ${names}.`];
  const others = (["limit_reached", "not_found", "forbidden", "invalid"] as const).filter(
    (outcome) => !hasSucceeded(outcome) && !requested.includes(outcome) && summary[outcome] > 0,
  );
  if (others.length > 0) {
    const counts = listed(others.map((outcome) => `${translated(outcomeWords[outcome])} ${count(summary[outcome])}`));
    lines.push(t`These rows would fail again unless something changes:\n  ${counts}`);
    // Rows that the plan found invalid must be fixed in the input.
    const changeable = others.filter((outcome) => outcome !== "invalid");
    if (changeable.length > 0)
      lines.push(t`To retry them anyway, run:\n  caselink retry ${id} --outcome ${changeable.join(",")}`);
    else
      lines.push(t`Fix them in the input and run it again. List them with:\n  caselink report ${id} --outcome invalid`);
  }
  return lines.join("\n");
}
