import { RETRIED_OUTCOMES, type BatchRecord, type BatchSummary, type Outcome } from "@caselink/ledger";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import { count, counted } from "../screen/format.ts";
import { hasSucceeded, outcomeWords } from "../screen/progress-screen.ts";
import { requireSharedLedger, type Settings } from "../settings.ts";
import { parseOutcomes } from "./parse-outcomes.ts";

export interface RetryOptions {
  outcome?: string;
  detach?: boolean;
  yes?: boolean;
}

/** Outcomes of rows that were done: trying these again means nothing. */
const DONE = ["created", "already_associated", "duplicate"] as const satisfies readonly Outcome[];

/** A new batch from the rows that did not succeed and could: durable like any other, and never two for the same rows. */
export async function retry(
  id: string,
  options: RetryOptions,
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const outcomes = options.outcome === undefined ? RETRIED_OUTCOMES : parseOutcomes(options.outcome);
  const done = DONE.find((outcome) => outcomes.some((asked) => asked === outcome));
  if (done) throw new UserError(`rows that are ${done} have succeeded already: leave ${done} out of --outcome`);
  const record = await knownBatch(id, settings);
  await requireStarted(id, settings);
  const source = await retriedBatch(record, settings);
  requireSharedLedger(settings);
  requireSameApi(source.record, settings);

  let wasRefused = false;
  const confirm = async ({ counts }: BatchRecord): Promise<boolean> => {
    const rows = `${counted(counts.rows, "row")} of ${counted(counts.tickets, "ticket")}`;
    const agrees = options.yes || (await output.confirm(`Try ${rows} again?`, true));
    wasRefused = !agrees;
    return agrees;
  };
  const planned = await settings.ledger.planRetry(id, { outcomes, confirm });
  if (wasRefused) {
    output.note("Nothing was sent.");
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
  output.progress(`Retry ${planned.id}: ${rows} of batch ${source.record.id}.`);
  const { runBatch: carryOn, startDetached } = await import("../run/run-batch.ts"); // loads Temporal
  return (options.detach ? startDetached : carryOn)(planned, settings, output);
}

/** The first of a batch and its retries, with its end. @throws {UserError} where it has none, or is an undo */
async function retriedBatch(
  record: BatchRecord,
  { ledger }: Settings,
): Promise<{ record: BatchRecord; summary: BatchSummary }> {
  if (record.kind === "undo") {
    throw new UserError(`batch ${record.id} is an undo: caselink undo ${record.of ?? ""} takes up what is left of it`);
  }
  const first = record.of === undefined ? undefined : await ledger.batch(record.of);
  const source = first ?? record;
  const summary = await ledger.summary(source.id);
  if (summary) return { record: source, summary };
  throw new UserError(
    `batch ${source.id} is not finished, and what fails in it is tried again by itself: see caselink attach ${source.id}, or end it with caselink cancel ${source.id}`,
  );
}

function nothingToRetry(id: string, summary: BatchSummary, asked: readonly Outcome[]): string {
  const names = asked.map((outcome) => outcomeWords[outcome]).join(" or ");
  const lines = [`Nothing to retry in batch ${id}: no row is left that is ${names}.`];
  const others = (["limit_reached", "not_found", "forbidden", "invalid"] as const).filter(
    (outcome) => !hasSucceeded(outcome) && !asked.includes(outcome) && summary[outcome] > 0,
  );
  if (others.length > 0) {
    const told = others.map((outcome) => `${outcomeWords[outcome]} ${count(summary[outcome])}`).join(", ");
    lines.push(`Others were refused, and would be again as long as nothing changes: ${told}.`);
    // What the plan found invalid is mended in the input.
    const changeable = others.filter((outcome) => outcome !== "invalid");
    if (changeable.length > 0)
      lines.push(`Something has changed?  caselink retry ${id} --outcome ${changeable.join(",")}`);
    else lines.push(`Mend them in the input and run that: caselink report ${id} --outcome invalid lists them.`);
  }
  return lines.join("\n");
}
