import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { batchPath, requireBatch } from "./batch-files.ts";
import type { BatchRecord } from "./batch-record.ts";
import { sha256, sumFile } from "../files/checksum.ts";
import { alteredFile, missingFile } from "../files/damaged-file.ts";
import { writeSynced } from "../store/atomic-file.ts";
import { readAhead } from "../store/read-ahead.ts";
import type { AdoptOptions, Store } from "../store/store.ts";

/** The file with the SHA-256 of all files of a plan, in the format of `sha256sum -c`. */
const CHECKSUMS = "SHA256SUMS";
const RECORD = "batch.json";

export const COMMIT_ORDER: AdoptOptions = { claim: CHECKSUMS, commit: RECORD };

/**
 * Writes the files that make a folder of planned files a batch: their checksums, and the record with the checksum of
 * these.
 *
 * @param known checksums by the file's name below the folder; these files are not read again
 */
export async function sealBatch(
  folder: string,
  record: Omit<BatchRecord, "files_sha256">,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<BatchRecord> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
  const checksumLine = async (name: string) =>
    `${known.get(name) ?? (await sumFile(join(folder, name))).sha256}  ${name}\n`;
  let text = "";
  for await (const line of readAhead(names, checksumLine, 4)) text += line;
  await writeSynced(join(folder, CHECKSUMS), text);
  const sealed: BatchRecord = { ...record, files_sha256: sha256(text) };
  await writeSynced(join(folder, RECORD), formatRecord(sealed));
  return sealed;
}

/** Returns the text of `batch.json`. */
export function formatRecord(record: BatchRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** The checksums of a batch's planned files, by their name below its folder. */
type Checksums = ReadonlyMap<string, string>;

/** The number of batches whose checksums stay in memory. A worker needs them for every chunk. */
const MAX_CACHED = 8;
const cached = new WeakMap<Store, Map<string, Promise<Checksums>>>();

/** Throws `no-such-batch`, or `corrupt` if the checksums are not those with which the batch was committed. */
function readChecksums(store: Store, batchId: string): Promise<Checksums> {
  const ofStore = cached.get(store) ?? new Map<string, Promise<Checksums>>();
  cached.set(store, ofStore);
  const known = ofStore.get(batchId);
  if (known) return known;
  const reading = loadChecksums(store, batchId);
  ofStore.set(batchId, reading);
  reading.catch(() => ofStore.delete(batchId));
  const [oldest] = ofStore.keys();
  if (ofStore.size > MAX_CACHED && oldest !== undefined) ofStore.delete(oldest);
  return reading;
}

async function loadChecksums(store: Store, batchId: string): Promise<Checksums> {
  const { files_sha256: expected } = await requireBatch(store, batchId);
  const path = batchPath(batchId, CHECKSUMS);
  const text = await store.readText(path);
  if (text === undefined) throw missingFile(store.describe(path));
  if (sha256(text) !== expected) throw alteredFile(store.describe(path));
  return parseSums(text);
}

function parseSums(text: string): Checksums {
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

/** Reads the checksums of a batch's planned files from the store, also if they were altered. */
export async function readPlannedSums(
  store: Store,
  record: BatchRecord,
): Promise<{ is: "whole" | "altered" | "missing"; byName: Checksums }> {
  const text = await store.readText(batchPath(record.id, CHECKSUMS));
  if (text === undefined) return { is: "missing", byName: new Map() };
  return { is: sha256(text) === record.files_sha256 ? "whole" : "altered", byName: parseSums(text) };
}

/** Returns the paths of the planned files of one kind, such as `rows`, in order. */
export async function plannedFiles(store: Store, batchId: string, kind: string): Promise<string[]> {
  const names = [...(await readChecksums(store, batchId)).keys()];
  return names.filter((name) => name.startsWith(`${kind}/`)).map((name) => batchPath(batchId, ...name.split("/")));
}

/**
 * Calls a function with a local copy of each file of a batch's rows, in order, one at a time. Throws `corrupt` if one
 * was changed.
 */
export async function eachRowsFile(store: Store, batchId: string, use: (file: string) => Promise<void>): Promise<void> {
  for (const path of await plannedFiles(store, batchId, "rows")) {
    await store.withLocalFiles([path], async ([file = ""]) => {
      await assertUnaltered(store, batchId, path, file);
      await use(file);
    });
  }
}

/** Returns the checksum of a planned file; undefined if the plan has no such file. */
export async function plannedChecksum(store: Store, batchId: string, path: string): Promise<string | undefined> {
  return (await readChecksums(store, batchId)).get(path.slice(batchPath(batchId).length + 1));
}

/** Throws `corrupt` if the local copy of a planned file does not have its checksum. */
export async function assertUnaltered(store: Store, batchId: string, path: string, file: string): Promise<void> {
  const expected = await plannedChecksum(store, batchId, path);
  if ((await sumFile(file)).sha256 !== expected) throw alteredFile(store.describe(path));
}
