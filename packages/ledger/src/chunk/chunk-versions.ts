import { batchPath } from "../batch/batch-files.ts";
import { assertChunkId } from "../batch/batch-id.ts";
import { LedgerError } from "../ledger-error.ts";
import type { Store } from "../store/store.ts";
import {
  createVersion,
  listVersions,
  readNewest,
  removeVersionsBelow,
  versionOf,
  versionPath,
  type Chain,
  type Version,
} from "../store/versions.ts";

/** The files of a chunk that its turns write. Each is a chain of versions, in a folder of its own. */
export type ChunkFileKind = "snapshots" | "results";

const ENDING = ".jsonl";

function chainOf(batchId: string, kind: ChunkFileKind, chunkId: string): Chain {
  assertChunkId(chunkId);
  return { folder: batchPath(batchId, kind, chunkId), ending: ENDING };
}

/** Returns the newest version of a chunk's file; undefined if there is none. */
export async function readNewestFile(
  store: Store,
  batchId: string,
  kind: ChunkFileKind,
  chunkId: string,
): Promise<(Version & { path: string }) | undefined> {
  const chain = chainOf(batchId, kind, chunkId);
  const newest = await readNewest(store, chain);
  if (newest) return { ...newest, path: versionPath(chain, newest.version) };
  const single = chain.folder + ENDING;
  if ((await store.readText(single)) !== undefined) throw withoutVersions(store, single);
  return undefined;
}

/** Returns the newest version of each chunk that has one, from one listing of the batch's files of that kind. */
export async function listNewestFiles(
  store: Store,
  batchId: string,
  kind: ChunkFileKind,
): Promise<Map<string, { version: number; path: string }>> {
  const folder = batchPath(batchId, kind);
  const newest = new Map<string, { version: number; path: string }>();
  for (const path of await store.listTree(folder)) {
    const [chunkId = "", name] = path.split("/");
    if (name === undefined && path.endsWith(ENDING)) throw withoutVersions(store, `${folder}/${path}`);
    const version = versionOf(name ?? "", ENDING);
    if (version === undefined || version <= (newest.get(chunkId)?.version ?? 0)) continue;
    newest.set(chunkId, { version, path: `${folder}/${path}` });
  }
  return newest;
}

/** Lists the files of a batch once. Returns a function that reads the newest version of a chunk's. */
export async function openNewestFiles(
  store: Store,
  batchId: string,
  kind: ChunkFileKind,
): Promise<(chunkId: string) => Promise<{ path: string; text: string } | undefined>> {
  const listed = await listNewestFiles(store, batchId, kind);
  return async (chunkId) => {
    const path = listed.get(chunkId)?.path;
    if (path === undefined) return undefined;
    const text = await store.readText(path);
    // Else a worker has stored a newer version since the listing.
    return text === undefined ? readNewestFile(store, batchId, kind, chunkId) : { path, text };
  };
}

/** Creates the version after `after`, and removes those below it. Throws `conflict` if it exists. Returns its number. */
export async function writeNextFile(
  store: Store,
  batchId: string,
  kind: ChunkFileKind,
  chunkId: string,
  text: string | Uint8Array,
  after?: number,
): Promise<number> {
  const chain = chainOf(batchId, kind, chunkId);
  const before = after ?? (await listVersions(store, chain)).at(-1) ?? 0;
  const version = before + 1;
  if (!(await createVersion(store, chain, version, text))) {
    throw new LedgerError(
      "conflict",
      `Another attempt stored ${store.describe(versionPath(chain, version))} first. This attempt replaced nothing.`,
    );
  }
  await removeVersionsBelow(store, chain, version, [before]);
  return version;
}

function withoutVersions(store: Store, path: string): LedgerError {
  return new LedgerError(
    "corrupt",
    `${store.describe(path)} was written by another version of caselink, which stored one file for each chunk. Use that version for this batch.`,
  );
}
