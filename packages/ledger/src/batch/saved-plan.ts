import { isObject } from "@caselink/common";
import { batchPath, readBatch, requireBatch } from "./batch-files.ts";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";

/** In the folder of a kept plan. Written once: by the first who starts the plan, or who forgets it. */
const START_FILE = "start.json";

/** What became of a kept plan. `forgotten`: its files are being removed. */
export type KeptPlanState = "waiting" | "started" | "forgotten";

/** Undefined for a batch that was not kept as a plan, and where there is none of that id. */
export async function readSavedPlan(store: Store, batchId: string): Promise<KeptPlanState | undefined> {
  if (!(await readBatch(store, batchId))?.starts_later) return undefined;
  const path = batchPath(batchId, START_FILE);
  const text = await store.readText(path);
  if (text === undefined) return "waiting";
  try {
    const start: unknown = JSON.parse(text);
    if (isObject(start) && typeof start.started_at === "string") return "started";
    if (isObject(start) && typeof start.forgotten_at === "string") return "forgotten";
  } catch {
    // Told below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(path)} was changed or damaged outside of caselink.`);
}

/** Says that a batch is started. Of one who starts a kept plan and one who forgets it, one wins: throws `no-such-batch` where it was the other. */
export async function startSavedPlan(store: Store, batchId: string, now: Date): Promise<void> {
  await requireBatch(store, batchId);
  if ((await decide(store, batchId, { started_at: now.toISOString() })) !== "forgotten") return;
  throw new LedgerError("no-such-batch", `The plan ${batchId} was forgotten; plan its input again.`);
}

/** The same for one who forgets it; `false` where it was started, or is no kept plan. */
export async function forgetSavedPlan(store: Store, batchId: string, now: Date): Promise<boolean> {
  return (await decide(store, batchId, { forgotten_at: now.toISOString() })) === "forgotten";
}

async function decide(store: Store, batchId: string, end: object): Promise<KeptPlanState | undefined> {
  const state = await readSavedPlan(store, batchId);
  if (state !== "waiting") return state;
  await store.writeOnce(batchPath(batchId, START_FILE), `${JSON.stringify(end)}\n`);
  return readSavedPlan(store, batchId);
}
