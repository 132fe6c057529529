import { createHash } from "node:crypto";
import { runBatch } from "../run/run-batch.ts";
import type { BatchRecord } from "@caselink/ledger";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
import { t } from "../language/words.ts";
import type { Output } from "../output.ts";
import { ownAccount, warnOfOtherAccount } from "./batch-account.ts";
import { requireSameApi } from "./batch-api.ts";
import { knownBatch, requireStarted } from "./known-batch.ts";
import { count, counted } from "../screen/format.ts";
import { isComplete } from "../screen/summary-screen.ts";
import type { Settings } from "../settings.ts";

/** Removes exactly the associations that a batch created, as a durable batch of its own. Continues an unfinished undo. */
export async function undo(
  id: string,
  options: { yes?: boolean },
  settings: Settings,
  output: Output,
): Promise<ExitStatus> {
  const record = await knownBatch(id, settings);
  if (record.kind === "undo")
    throw new UserError(
      t`batch ${id} is an undo and cannot be undone.\n  Run the input of ${record.of ?? t`its batch`} again instead`,
    );
  await requireStarted(id, settings);
  const summary = await settings.ledger.summary(id);
  if (!summary) {
    throw new UserError(
      t`batch ${id} is not finished.\n  End it first with caselink attach ${id} or caselink cancel ${id}`,
    );
  }
  requireSameApi(record, settings);
  warnOfOtherAccount(record, "undo", settings, output);
  const question = t`Remove the ${counted(summary.created, "association")} that batch ${id} created?`;
  if (summary.created > 0 && !options.yes && !(await output.confirm(question, true))) {
    output.note(t`Nothing was removed.`);
    return exitStatus.userError;
  }
  const undoRecord = await undoOf(record, settings);
  output.progress(undoLine(id, summary.created, undoRecord));
  await printRetries(id, settings, output);
  return runBatch(undoRecord, settings, output);
}

/** The line that announces an undo before it starts. */
function undoLine(id: string, created: number, undoRecord: BatchRecord): string {
  const { to_send: rows } = undoRecord.counts;
  if (rows === 0) return t`Batch ${id} created no associations: nothing to remove.`;
  const restored = rows - created;
  return restored > 0
    ? t`Undo ${undoRecord.id}: removes the ${count(created)} created by ${id},\n  restores the ${count(restored)} that its writes removed.`
    : t`Undo ${undoRecord.id}: removes the ${count(created)} created by ${id}.`;
}

/** Returns the undo that is unfinished or complete; plans a new one if the last did not remove everything. */
async function undoOf(record: BatchRecord, settings: Settings): Promise<BatchRecord> {
  const { ledger } = settings;
  const earlier = (await ledger.batches()).filter((other) => other.kind === "undo" && other.of === record.id);
  for (const other of earlier) {
    const summary = await ledger.summary(other.id);
    if (!summary || isComplete(summary)) return other;
  }
  const taken = new Set(earlier.map(({ id }) => id));
  let number = 1;
  const id = (): string => undoIdOf(record.id, number);
  while (taken.has(id()) || (await ledger.forgottenAt(id()))) number++;
  return ledger.planUndo(record.id, id(), ownAccount(settings));
}

/** Names the retries of the batch: their associations stay until each is undone. */
async function printRetries(id: string, { ledger }: Settings, output: Output): Promise<void> {
  for (const { id: retry, kind, of } of await ledger.batches()) {
    if (kind !== "create" || of !== id) continue;
    const created = (await ledger.summary(retry))?.created;
    if (created !== 0) output.progress(t`Associations of its retry stay. To remove them, run: caselink undo ${retry}`);
  }
}

const LONGEST_ID = 64;

/** The id of an undo: contains the id of the batch, or its digest if the id is too long. */
function undoIdOf(id: string, number: number): string {
  const prefix = `undo-${number}-`;
  if (prefix.length + id.length <= LONGEST_ID) return prefix + id;
  return prefix + createHash("sha256").update(id).digest("hex").slice(0, 16);
}
