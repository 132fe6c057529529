import { isObject } from "@caselink/common";
import { batchPath, readBatch, requireBatch } from "./batch-files.ts";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";

/** In the folder of a saved plan. It is written once, when the plan is started or forgotten. */
const START_FILE = "start.json";

/** The state of a saved plan. `forgotten`: its files are being removed. */
export type SavedPlanState = "waiting" | "started" | "forgotten";

/** Returns the state of a saved plan; undefined if the batch was not saved as a plan or does not exist. */
export async function readSavedPlan(store: Store, batchId: string): Promise<SavedPlanState | undefined> {
  if (!(await readBatch(store, batchId))?.starts_later) return undefined;
  const path = batchPath(batchId, START_FILE);
  const text = await store.readText(path);
  if (text === undefined) return "waiting";
  try {
    const start: unknown = JSON.parse(text);
    if (isObject(start) && typeof start.started_at === "string") return "started";
    if (isObject(start) && typeof start.forgotten_at === "string") return "forgotten";
  } catch {
    // Reported below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(path)} was changed or damaged outside of caselink.`);
}

/** Records that a batch is started. Throws `no-such-batch` if it was a saved plan that has been forgotten. */
export async function startSavedPlan(store: Store, batchId: string, now: Date): Promise<void> {
  await requireBatch(store, batchId);
  if ((await decide(store, batchId, { started_at: now.toISOString() })) !== "forgotten") return;
  throw new LedgerError("no-such-batch", `The plan ${batchId} was forgotten; plan its input again.`);
}

/** Records that a saved plan is forgotten. Returns `false` if it was started, or is not a saved plan. */
export async function forgetSavedPlan(store: Store, batchId: string, now: Date): Promise<boolean> {
  return (await decide(store, batchId, { forgotten_at: now.toISOString() })) === "forgotten";
}

async function decide(store: Store, batchId: string, end: object): Promise<SavedPlanState | undefined> {
  const state = await readSavedPlan(store, batchId);
  if (state !== "waiting") return state;
  await store.writeOnce(batchPath(batchId, START_FILE), `${JSON.stringify(end)}\n`);
  return readSavedPlan(store, batchId);
}
