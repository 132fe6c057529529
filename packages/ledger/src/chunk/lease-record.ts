import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";

/** Who works a lane: one attempt of one chunk at a time. The last one written holds it. */
export interface LaneLease {
  /** Names the attempt. */
  token: string;
  /** Where the attempt stands among all of the lane: turn, call within the turn, attempt of the call. */
  order: readonly [turn: number, call: number, attempt: number];
  /** What `pid` is a number of: see `processSpace`. */
  host: string;
  pid: number;
  /** When that process was started; absent in leases of earlier versions. */
  start_mark?: string;
  taken_at: string;
  /** Until then something of an earlier holder may be under way; absent where that one had ended. */
  writes_from?: string;
  /** The holder ended by itself: nothing of it is under way. */
  released: boolean;
}

/** The lease of a lane; `lane` is its name among all lanes of the ledger. Undefined where nobody ever took it. */
export async function readLease(store: Store, lane: string): Promise<LaneLease | undefined> {
  const path = leasePath(lane);
  const text = await store.readText(path);
  if (text === undefined) return undefined;
  try {
    const lease = JSON.parse(text) as LaneLease;
    if (typeof lease.token === "string" && Array.isArray(lease.order)) return lease;
  } catch {
    // said below
  }
  throw new LedgerError("corrupt", `${store.describe(path)} is not the lease of a lane.`);
}

export async function writeLease(store: Store, lane: string, lease: LaneLease): Promise<void> {
  // By its order the last one holds the lane, also where an earlier one arrives late.
  await store.overwrite(leasePath(lane), `${JSON.stringify(lease)}\n`);
}

const leasePath = (lane: string): string => `leases/${lane.replaceAll(/[^A-Za-z0-9._-]/g, "_")}.json`;
