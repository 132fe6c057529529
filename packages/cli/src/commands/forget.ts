import { rm } from "node:fs/promises";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import type { Output } from "../output.ts";
import type { BaseSettings } from "../settings.ts";
import { count, counted } from "../screen/format.ts";
import { backgroundLog } from "../run/start-in-background.ts";
import { knownBatch } from "./known-batch.ts";

export interface ForgetOptions {
  yes?: boolean;
}

/** Removes the files of a batch that has ended, or of a plan, from the ledger, after a question. What it created stays. */
export async function forget(
  id: string,
  options: ForgetOptions,
  settings: BaseSettings,
  output: Output,
): Promise<ExitStatus> {
  const { ledger } = settings;
  if ((await ledger.batch(id)) === undefined && (await ledger.forget(id))) {
    output.event({ event: "forget", batch: id });
    output.print(`Removed what an interruption had left of batch ${id}.`);
    return exitStatus.succeeded;
  }
  const record = await knownBatch(id, settings);
  const summary = await ledger.summary(id);
  const isPlan = !summary && !["started", undefined].includes(await ledger.keptPlan(id));
  if (!summary && !isPlan) {
    throw new UserError(
      `batch ${id} is not finished: end it first with caselink attach ${id} or caselink cancel ${id}`,
    );
  }
  output.note(summary ? whatGoes(id, summary, await goneOf(record, settings)) : whatPlanGoes(record));
  if (!options.yes) {
    if (!output.canAsk) throw new UserError(`nothing was removed: say --yes to forget batch ${id}`);
    if (!(await output.confirm(`Forget batch ${id}?`, false))) {
      output.note("Nothing was removed.");
      return exitStatus.userError;
    }
  }
  await ledger.forget(id);
  await rm(backgroundLog(settings.home, id), { force: true });
  output.event({ event: "forget", batch: id, rows: record.counts.rows });
  output.print(`Batch ${id} is forgotten.`);
  return exitStatus.succeeded;
}

function whatPlanGoes({ id, counts }: BatchRecord): string {
  return `The plan ${id} (${counted(counts.rows, "row")}) was not started: nothing of it was sent. Its id stays taken.`;
}

/** How many of a batch's associations its undos removed, or found to be gone. */
async function goneOf({ id }: BatchRecord, { ledger }: BaseSettings): Promise<number> {
  let removed = 0;
  let gone = 0;
  for (const { id: undo, kind, of } of await ledger.batches()) {
    if (kind !== "undo" || of !== id) continue;
    const summary = await ledger.summary(undo);
    removed += summary?.removed ?? 0;
    // What an earlier undo removed is gone to a later one.
    gone = Math.max(gone, (summary?.removed ?? 0) + (summary?.already_absent ?? 0));
  }
  return Math.max(removed, gone);
}

function whatGoes(id: string, { rows, created }: BatchSummary, gone: number): string {
  const lines = [
    `The record of batch ${id} (${counted(rows, "row")}) goes with its report: report, retry, verify and`,
    "undo are not possible any more, and its id stays taken.",
  ];
  if (created > 0) lines.push(`Nothing is changed in the tickets: ${whatStays(created, gone)}.`);
  return lines.join("\n");
}

function whatStays(created: number, gone: number): string {
  const all = counted(created, "association");
  if (gone === 0) return `the ${all} that it created ${are(created)} kept`;
  if (gone >= created) return `the ${all} that it created ${are(created)} gone since its undo`;
  const kept = created - gone;
  return `of the ${all} that it created\n${count(gone)} ${are(gone)} gone since its undo, and ${count(kept)} ${are(kept)} kept`;
}

const are = (rows: number): string => (rows === 1 ? "is" : "are");
