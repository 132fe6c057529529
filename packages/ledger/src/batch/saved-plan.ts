import { isObject } from "@caselink/common";
import { batchPath, readBatch, requireBatch } from "./batch-files.ts";
import type { BatchRecord } from "./batch-record.ts";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";

/** In the folder of a saved plan. It is written once, when the plan is started or forgotten. */
const START_FILE = "start.json";

/** The state of a saved plan. `forgotten`: its files are being removed. */
export type SavedPlanState = "waiting" | "started" | "forgotten";

/** Returns the state of a saved plan; undefined if the batch was not saved as a plan or does not exist. */
export async function readSavedPlan(store: Store, batchId: string): Promise<SavedPlanState | undefined> {
  if (!(await readBatch(store, batchId))?.starts_later) return undefined;
  const start = await readStart(store, batchId);
  if (start === undefined) return "waiting";
  return "started_at" in start ? "started" : "forgotten";
}

/** Returns the record of a batch; that of a saved plan which has started has the account that started it. */
export async function readStartedBatch(store: Store, batchId: string): Promise<BatchRecord | undefined> {
  const record = await readBatch(store, batchId);
  if (!record?.starts_later) return record;
  const start = await readStart(store, batchId);
  return start && "account" in start ? { ...record, account: start.account } : record;
}

/**
 * Records that a batch is started, a saved plan by this account, and returns its record. Throws `no-such-batch` if it was a
 * saved plan that has been forgotten.
 */
export async function startSavedPlan(
  store: Store,
  batchId: string,
  now: Date,
  account: string | undefined,
): Promise<BatchRecord> {
  await requireBatch(store, batchId);
  const started = { started_at: now.toISOString(), ...(account !== undefined && { account }) };
  const state = await decide(store, batchId, started);
  const record = await readStartedBatch(store, batchId);
  if (state !== "forgotten" && record) return record;
  throw new LedgerError("no-such-batch", `The plan ${batchId} was forgotten; plan its input again.`);
}

/** Records that a saved plan is forgotten. Returns `false` if it was started, or is not a saved plan. */
export async function forgetSavedPlan(store: Store, batchId: string, now: Date): Promise<boolean> {
  return (await decide(store, batchId, { forgotten_at: now.toISOString() })) === "forgotten";
}

async function decide(store: Store, batchId: string, end: Start): Promise<SavedPlanState | undefined> {
  const state = await readSavedPlan(store, batchId);
  if (state !== "waiting") return state;
  await store.writeOnce(batchPath(batchId, START_FILE), `${JSON.stringify(end)}\n`);
  return readSavedPlan(store, batchId);
}

/** The content of the file. */
type Start = { started_at: string; account?: string } | { forgotten_at: string };

/** Undefined if the plan was neither started nor forgotten. */
async function readStart(store: Store, batchId: string): Promise<Start | undefined> {
  const path = batchPath(batchId, START_FILE);
  const text = await store.readText(path);
  if (text === undefined) return undefined;
  try {
    const start: unknown = JSON.parse(text);
    if (isStart(start)) return start;
  } catch {
    // Reported below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(path)} was changed or damaged outside of caselink.`);
}

function isStart(value: unknown): value is Start {
  if (!isObject(value)) return false;
  if (value.account !== undefined && typeof value.account !== "string") return false;
  return typeof value.started_at === "string" || typeof value.forgotten_at === "string";
}
