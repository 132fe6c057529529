import { missingFile } from "../files/damaged-file.ts";
import type { Store } from "./store.ts";

/**
 * A file as a chain of versions: each is a file of its own, named by its number, and never replaced. The highest counts.
 * A process that stalled while it wrote one therefore replaces nothing: when it wakes up, its version exists already, or
 * it is lower than the highest.
 */
export interface Chain {
  folder: string;
  /** The end of the files' names, with the dot. */
  ending: string;
}

export interface Version {
  /** Counts from 1. */
  version: number;
  text: string;
}

const DIGITS = 10;
/** Reads of a version that a newer one replaced in the moment between list and read. */
const MAX_READS = 100;

/** Returns the number in the name of a version's file; undefined for another file. */
export function versionOf(name: string, ending: string): number | undefined {
  const digits = name.slice(0, DIGITS);
  return name === digits + ending && /^\d{10}$/.test(digits) ? Number(digits) : undefined;
}

export function versionPath({ folder, ending }: Chain, version: number): string {
  return `${folder}/${String(version).padStart(DIGITS, "0")}${ending}`;
}

/** The versions that exist, the lowest first. */
export async function listVersions(store: Store, chain: Chain): Promise<number[]> {
  const names = await store.list(chain.folder);
  return names.flatMap((name) => versionOf(name, chain.ending) ?? []).sort((a, b) => a - b);
}

/** Returns the highest version; undefined if there is none. */
export async function readNewest(store: Store, chain: Chain): Promise<Version | undefined> {
  for (let reads = 1; ; reads++) {
    const version = (await listVersions(store, chain)).at(-1);
    if (version === undefined) return undefined;
    const text = await store.readText(versionPath(chain, version));
    if (text !== undefined) return { version, text };
    if (reads === MAX_READS) throw missingFile(store.describe(versionPath(chain, version)));
  }
}

/**
 * Creates a version. Returns `false` if it exists already. In storage without conditional writes, two processes that
 * create it at the same time may both succeed.
 */
export async function createVersion(
  store: Store,
  chain: Chain,
  version: number,
  text: string | Uint8Array,
): Promise<boolean> {
  const path = versionPath(chain, version);
  if (await store.hasConditionalWrites()) return store.writeOnce(path, text);
  if ((await store.readText(path)) !== undefined) return false;
  await store.overwrite(path, text);
  return true;
}

/**
 * Removes the versions below one, the lowest first: a version is never there without all that were there below it. A
 * failure leaves the rest, for the next call.
 */
export async function removeVersionsBelow(
  store: Store,
  chain: Chain,
  version: number,
  listed: readonly number[],
): Promise<void> {
  try {
    for (const lower of listed) if (lower < version) await store.remove(versionPath(chain, lower));
  } catch {
    // They are in no one's way.
  }
}
