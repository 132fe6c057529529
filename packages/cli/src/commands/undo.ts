import { createHash } from "node:crypto";
import { runBatch } from "../run/run-batch.ts";
import type { BatchRecord } from "@caselink/ledger";
import { exitStatus, type ExitStatus, UserError } from "../errors.ts";
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
      `batch ${id} is an undo and cannot be undone.\n  Run the input of ${record.of ?? "its batch"} again instead`,
    );
  await requireStarted(id, settings);
  const summary = await settings.ledger.summary(id);
  if (!summary) {
    throw new UserError(
      `batch ${id} is not finished.\n  End it first with caselink attach ${id} or caselink cancel ${id}`,
    );
  }
  requireSameApi(record, settings);
  warnOfOtherAccount(record, "undo", settings, output);
  const question = `Remove the ${counted(summary.created, "association")} that batch ${id} created?`;
  if (summary.created > 0 && !options.yes && !(await output.confirm(question, true))) {
    output.note("Nothing was removed.");
    return exitStatus.userError;
  }
  const undoRecord = await undoOf(record, settings);
  const { to_send: rows } = undoRecord.counts;
  const restored = rows - summary.created;
  const restores = restored > 0 ? `,\n  restores the ${count(restored)} that its writes removed` : "";
  output.progress(
    rows === 0
      ? `Batch ${id} created no associations: nothing to remove.`
      : `Undo ${undoRecord.id}: removes the ${count(summary.created)} created by ${id}${restores}.`,
  );
  await printRetries(id, settings, output);
  return runBatch(undoRecord, settings, output);
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
    if (created !== 0) output.progress(`Associations of its retry stay. To remove them, run: caselink undo ${retry}`);
  }
}

const LONGEST_ID = 64;

/** The id of an undo: contains the id of the batch, or its digest if the id is too long. */
function undoIdOf(id: string, number: number): string {
  const prefix = `undo-${number}-`;
  if (prefix.length + id.length <= LONGEST_ID) return prefix + id;
  return prefix + createHash("sha256").update(id).digest("hex").slice(0, 16);
}
