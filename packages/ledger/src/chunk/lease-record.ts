import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";

/** The lease on a lane as stored. One attempt at a time has the exclusive right to write; `epoch` decides which. */
export interface LeaseRecord {
  /** Identifies the attempt. */
  token: string;
  /** The attempt's position among all attempts of the lane. The higher one wins. */
  epoch: readonly [turn: number, call: number, attempt: number];
  /** The machine and container in which `pid` is valid: see `processSpace`. */
  host: string;
  pid: number;
  /** When that process was started. */
  start_mark?: string;
  taken_at: string;
  /**
   * The earliest time of the first write: until then, a request of an earlier holder may be in flight. Absent if that
   * holder had ended.
   */
  writes_from?: string;
  /** The holder released the lease: it has no request in flight. */
  released: boolean;
}

/** Returns the lease on a lane; undefined if no attempt ever acquired it. `lane` is unique in the ledger. */
export async function readLease(store: Store, lane: string): Promise<LeaseRecord | undefined> {
  const path = leasePath(lane);
  const text = await store.readText(path);
  if (text === undefined) return undefined;
  try {
    const lease = JSON.parse(text) as LeaseRecord;
    if (typeof lease.token === "string" && Array.isArray(lease.epoch)) return lease;
  } catch {
    // Reported below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(path)} is not the lease of a lane.`);
}

export async function writeLease(store: Store, lane: string, lease: LeaseRecord): Promise<void> {
  // Readers compare epochs, so that a lease of an earlier attempt that arrives late does not win.
  await store.overwrite(leasePath(lane), `${JSON.stringify(lease)}\n`);
}

const leasePath = (lane: string): string => `leases/${lane.replaceAll(/[^A-Za-z0-9._-]/g, "_")}.json`;
