import { isObject } from "@caselink/common";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";
import {
  createVersion,
  listVersions,
  readNewest,
  removeVersionsBelow,
  versionPath,
  type Chain,
} from "../store/versions.ts";

/** A chunk of the lane that may have an ambiguous write. */
export interface LeaseDoubt {
  batch: string;
  chunk: string;
  /**
   * A damaged file kept a holder from storing new versions of the chunk's files: a stalled holder may still store what no one
   * has read.
   */
  unsealed?: true;
}

/** The lease on a lane as stored. One attempt at a time has the exclusive right to write: the one with the highest epoch. */
export interface LeaseRecord {
  /** Identifies the attempt. */
  token: string;
  /** Counts the leases on the lane from 1. Only one attempt can create an epoch. */
  epoch: number;
  /** The machine and container in which `pid` is valid: see `processSpace`. */
  host: string;
  pid: number;
  /** When that process was started. */
  start_mark?: string;
  taken_at: string;
  /** The start of the holder's turn, on Temporal's clock in milliseconds since 1970: all attempts of a turn have the same. */
  turn?: number;
  /**
   * A request of an earlier holder may be in flight: this holder waits before its first write. Absent once it has
   * waited and sealed the chunks.
   */
  waits?: true;
  /** The holder released the lease: it has no request in flight. */
  released: boolean;
  /** The chunks that may have ambiguous writes, of all batches. */
  doubts: LeaseDoubt[];
  /** The last write of the lane, once its holder released the lease: reads may not show it yet. */
  last_write?: LastWrite;
}

/** A write of a lane's holder. */
interface LastWrite {
  batch: string;
  /** Its end or later, by the holder's clock. */
  at: string;
  /** How long reads may lag behind it, in milliseconds. */
  read_lag_ms: number;
  /** The process that sent it; absent: unknown. */
  host?: string;
  pid?: number;
}

/** Returns the lease with the highest epoch; undefined if no attempt ever acquired the lane. */
export async function readNewestLease(store: Store, lane: string): Promise<LeaseRecord | undefined> {
  const chain = leasesOf(lane);
  const newest = await readNewest(store, chain);
  return newest && parseLease(store, chain, newest.version, newest.text);
}

/**
 * Stores a lease with a new epoch, and removes those with earlier ones. Returns `false` if another attempt created that
 * epoch or a later one.
 */
export async function createLease(store: Store, lane: string, lease: LeaseRecord): Promise<boolean> {
  const chain = leasesOf(lane);
  if (!(await createVersion(store, chain, lease.epoch, formatLease(lease)))) return false;
  // An attempt that stalled before it created the epoch may have created one that came and went meanwhile.
  const epochs = await listVersions(store, chain);
  if ((epochs.at(-1) ?? 0) > lease.epoch) return false;
  await removeVersionsBelow(store, chain, lease.epoch, epochs);
  return true;
}

/** Returns whether the lease is still the one with the highest epoch. */
export async function holdsLease(
  store: Store,
  lane: string,
  { token, epoch }: Pick<LeaseRecord, "token" | "epoch">,
): Promise<boolean> {
  const chain = leasesOf(lane);
  const next = await store.readText(versionPath(chain, epoch + 1));
  if (next !== undefined) return false;
  // The next epoch may have come and gone. Then this one was removed before it.
  const own = await store.readText(versionPath(chain, epoch));
  return own !== undefined && parseLease(store, chain, epoch, own).token === token;
}

/**
 * Changes a lease, for its holder alone. Returns `false` if another attempt has created a later epoch: a holder that
 * stalled would otherwise bring back its file, and hold the lease again as soon as the next epoch has been removed.
 */
export async function rewriteLease(store: Store, lane: string, lease: LeaseRecord): Promise<boolean> {
  const chain = leasesOf(lane);
  const path = versionPath(chain, lease.epoch);
  await store.overwrite(path, formatLease(lease));
  const isNewest = (await listVersions(store, chain)).at(-1) === lease.epoch;
  if (!isNewest) await store.remove(path);
  return isNewest;
}

function leasesOf(lane: string): Chain {
  return { folder: `leases/${lane.replaceAll(/[^A-Za-z0-9._-]/g, "_")}`, ending: ".json" };
}

const formatLease = (lease: LeaseRecord): string => `${JSON.stringify(lease)}\n`;

function parseLease(store: Store, chain: Chain, epoch: number, text: string): LeaseRecord {
  try {
    const lease: unknown = JSON.parse(text);
    if (isLease(lease) && lease.epoch === epoch) return lease;
  } catch {
    // Reported below, with the file's name.
  }
  throw new LedgerError("corrupt", `${store.describe(versionPath(chain, epoch))} is not the lease of a lane.`);
}

function isLease(value: unknown): value is LeaseRecord {
  return (
    isObject(value) &&
    typeof value.token === "string" &&
    Number.isSafeInteger(value.epoch) &&
    typeof value.host === "string" &&
    Number.isSafeInteger(value.pid) &&
    (value.turn === undefined || typeof value.turn === "number") &&
    typeof value.released === "boolean" &&
    Array.isArray(value.doubts) &&
    value.doubts.every(
      (doubt) => isObject(doubt) && typeof doubt.batch === "string" && typeof doubt.chunk === "string",
    ) &&
    (value.last_write === undefined || isLastWrite(value.last_write))
  );
}

function isLastWrite(value: unknown): value is LastWrite {
  return (
    isObject(value) &&
    typeof value.batch === "string" &&
    typeof value.at === "string" &&
    typeof value.read_lag_ms === "number" &&
    (value.host === undefined || typeof value.host === "string") &&
    (value.pid === undefined || typeof value.pid === "number")
  );
}
