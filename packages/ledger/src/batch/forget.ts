import { isObject } from "@caselink/common";
import { batchPath, readBatch } from "./batch-files.ts";
import { assertBatchId } from "./batch-id.ts";
import { forgetSavedPlan } from "./saved-plan.ts";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "./summary.ts";

/** Returns the path of the file that marks the id of a forgotten batch as used. */
function tombstonePath(batchId: string): string {
  assertBatchId(batchId);
  return `forgotten/${batchId}.json`;
}

/**
 * Removes a batch that has ended, or a plan that was not started. Returns `false` if there is none. Before that, marks
 * its id as used: Temporal and running workers may still remember this batch, so its id must not be used again.
 */
export async function forgetBatch(store: Store, batchId: string, now: Date): Promise<boolean> {
  const record = await readBatch(store, batchId);
  if (record) {
    if ((await readSummary(store, batchId)) === undefined && !(await forgetSavedPlan(store, batchId, now))) {
      throw new LedgerError("not-finished", `Batch ${batchId} has not ended yet. Let it end or cancel it first.`);
    }
    const { kind, of, created_at, endpoint } = record;
    const mark = { id: batchId, kind, ...(of !== undefined && { of }), created_at, endpoint };
    await store.writeOnce(
      tombstonePath(batchId),
      `${JSON.stringify({ ...mark, forgotten_at: now.toISOString() }, undefined, 2)}\n`,
    );
  } else if ((await readForgottenAt(store, batchId)) === undefined) {
    // A folder without a record may be a batch that is being committed.
    return false;
  }
  return store.removeTree(batchPath(batchId), "batch.json");
}

/** Returns when the batch with this id was forgotten; undefined if it was not. */
export async function readForgottenAt(store: Store, batchId: string): Promise<string | undefined> {
  const path = tombstonePath(batchId);
  const text = await store.readText(path);
  if (text === undefined) return undefined;
  try {
    const mark: unknown = JSON.parse(text);
    if (isObject(mark) && typeof mark.forgotten_at === "string") return mark.forgotten_at;
  } catch {
    // Reported below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(path)} was changed or damaged outside of caselink.`);
}

/** Throws `batch-exists` if the id is that of a forgotten batch that no longer exists. */
export async function assertNeverForgotten(store: Store, batchId: string): Promise<void> {
  const forgottenAt = await readForgottenAt(store, batchId);
  if (forgottenAt === undefined || (await readBatch(store, batchId))) return;
  throw new LedgerError(
    "batch-exists",
    `The id ${batchId} belonged to a batch that was forgotten at ${forgottenAt}, and cannot be used again. Choose another id.`,
  );
}
