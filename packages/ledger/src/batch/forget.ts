import { isObject } from "@caselink/common";
import { batchPath, readBatch } from "./batch-files.ts";
import { assertBatchId } from "./batch-id.ts";
import { forgetSavedPlan } from "./saved-plan.ts";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "./summary.ts";

/** What stays of a batch that was forgotten. */
function tombstonePath(batchId: string): string {
  assertBatchId(batchId);
  return `forgotten/${batchId}.json`;
}

/**
 * Removes a batch that has ended, or a plan that was not started; `false` where there is none. Its id is marked as used first: a second batch of the same
 * id would meet what Temporal and running workers remember of this one.
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
    // A folder without a record may be a batch that is just being committed.
    return false;
  }
  return store.removeTree(batchPath(batchId), "batch.json");
}

/** When a batch of that id was forgotten. */
export async function readForgottenAt(store: Store, batchId: string): Promise<string | undefined> {
  const path = tombstonePath(batchId);
  const text = await store.readText(path);
  if (text === undefined) return undefined;
  try {
    const mark: unknown = JSON.parse(text);
    if (isObject(mark) && typeof mark.forgotten_at === "string") return mark.forgotten_at;
  } catch {
    // Told below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(path)} was changed or damaged outside of caselink.`);
}

/** Throws `batch-exists` for the id of a batch that was forgotten and is gone. */
export async function assertNeverForgotten(store: Store, batchId: string): Promise<void> {
  const forgottenAt = await readForgottenAt(store, batchId);
  if (forgottenAt === undefined || (await readBatch(store, batchId))) return;
  throw new LedgerError(
    "batch-exists",
    `The id ${batchId} was that of a batch forgotten at ${forgottenAt}, and stays taken; choose another id.`,
  );
}
