import { rm } from "node:fs/promises";
import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import type { BaseSettings } from "../settings.ts";
import { count, counted } from "../screen/format.ts";
import { backgroundLog } from "../run/start-in-background.ts";
import { noteOtherAccount } from "./batch-account.ts";
import { knownBatch } from "./known-batch.ts";

export interface ForgetOptions {
  yes?: boolean;
}

/** Deletes the files of an ended batch or of a saved plan from the ledger, after a question. Its associations stay. */
export async function forget(
  id: string,
  options: ForgetOptions,
  settings: BaseSettings,
  output: Output,
): Promise<ExitStatus> {
  const { ledger } = settings;
  if ((await ledger.batch(id)) === undefined && (await ledger.forget(id))) {
    output.event({ event: "forget", batch: id });
    output.print(t`Deleted the remaining files of batch ${id}.`);
    return exitStatus.succeeded;
  }
  const record = await knownBatch(id, settings);
  const summary = await ledger.summary(id);
  const isPlan = !summary && !["started", undefined].includes(await ledger.savedPlan(id));
  if (!summary && !isPlan) {
    throw new UserError(
      t`batch ${id} is not finished.\n  End it first with caselink attach ${id} or caselink cancel ${id}`,
    );
  }
  noteOtherAccount(record, settings, output);
  output.note(summary ? batchWarning(id, summary, await countGone(record, settings)) : planWarning(record));
  if (!options.yes) {
    if (!output.canAsk) throw new UserError(t`nothing was deleted: add --yes to forget batch ${id}`);
    if (!(await output.confirm(t`Forget batch ${id}?`, false))) {
      output.note(t`Nothing was deleted.`);
      return exitStatus.userError;
    }
  }
  await ledger.forget(id);
  await rm(backgroundLog(settings.home, id), { force: true });
  output.event({ event: "forget", batch: id, rows: record.counts.rows });
  output.print(t`Batch ${id} is forgotten.`);
  return exitStatus.succeeded;
}

function planWarning({ id, counts }: BatchRecord): string {
  return t`The plan ${id} (${counted(counts.rows, "row")}) was not started: nothing was sent.\nIts id cannot be used again.`;
}

/** The number of a batch's associations that its undos removed or found to be gone. */
async function countGone({ id }: BatchRecord, { ledger }: BaseSettings): Promise<number> {
  let removed = 0;
  let gone = 0;
  for (const { id: undo, kind, of } of await ledger.batches()) {
    if (kind !== "undo" || of !== id) continue;
    const summary = await ledger.summary(undo);
    removed += summary?.removed ?? 0;
    // A later undo counts the associations that an earlier one removed as already absent.
    gone = Math.max(gone, (summary?.removed ?? 0) + (summary?.already_absent ?? 0));
  }
  return Math.max(removed, gone);
}

function batchWarning(id: string, { rows, created }: BatchSummary, gone: number): string {
  const lines = [
    t`This deletes batch ${id} (${counted(rows, "row")}) with its report: report, retry, verify and\nundo will no longer be possible. Its id cannot be used again.`,
  ];
  if (created > 0) lines.push(t`The tickets are not changed:`, associationsLeft(created, gone));
  return lines.join("\n");
}

function associationsLeft(created: number, gone: number): string {
  const all = counted(created, "association");
  if (gone === 0) return created === 1 ? t`the ${all} that it created stays.` : t`the ${all} that it created stay.`;
  if (gone >= created) {
    return created === 1
      ? t`the ${all} that it created is already removed.`
      : t`the ${all} that it created are already removed.`;
  }
  return `${t`of the ${all} that it created,`}\n${goneAndLeft(gone, created - gone)}`;
}

function goneAndLeft(gone: number, left: number): string {
  if (gone === 1) {
    return left === 1
      ? t`${count(gone)} is already removed and ${count(left)} stays.`
      : t`${count(gone)} is already removed and ${count(left)} stay.`;
  }
  return left === 1
    ? t`${count(gone)} are already removed and ${count(left)} stays.`
    : t`${count(gone)} are already removed and ${count(left)} stay.`;
}
