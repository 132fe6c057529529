import { createHash } from "node:crypto";
import { errorCode, errorMessage } from "@caselink/common";
import { batchPath, requireBatch } from "../batch/batch-files.ts";
import { chunkIds, type BatchRecord } from "../batch/batch-record.ts";
import { readPlannedSums } from "../batch/planned-files.ts";
import { formatSummary, readSummary, summarize } from "../batch/summary.ts";
import { listNewestFiles } from "../chunk/chunk-versions.ts";
import { isRowResult } from "../chunk/chunk.ts";
import { sumFile, sumOf } from "../files/checksum.ts";
import { parseSealedLines } from "../files/json-lines.ts";
import { LedgerError } from "../ledger-error.ts";
import { readAhead } from "../store/read-ahead.ts";
import type { Store } from "../store/store.ts";
import { manifestPathOf, readManifest, type Manifest } from "./report-manifest.ts";
import { reportText } from "./report-text.ts";

/** A file that is not as it was when the batch was planned or ended, or when the report was written. */
export interface FileDifference {
  /** The path below the batch's folder; `results` if they differ as a whole. For a report and its manifest, their path. */
  file: string;
  is: "altered" | "missing" | "added";
}

export interface FilesComparison {
  /** The number of files that were compared. */
  files: number;
  /** Empty if no file differs. */
  differences: FileDifference[];
  /**
   * Whether the summary carries the digest of the results, so that a changed result differs; undefined if the batch has not
   * ended. An older version wrote none.
   */
  isSealed?: boolean;
}

const KINDS = ["rows", "rejects", "chunks"] as const;
const MAX_OPEN_FILES = 8;

/**
 * Compares a batch's planned files with their checksums, its results with the digest in its summary, and each report with
 * its manifest and, unless it is a page, with the report that the ledger makes now.
 *
 * Who can change the summary, too, can hide a change: the result of the batch's workflow has the same digest.
 */
export async function compareFiles(
  store: Store,
  batchId: string,
  reports: string | readonly string[] = [],
): Promise<FilesComparison> {
  const record = await requireBatch(store, batchId);
  const found = new Differences();
  let files = await comparePlanned(store, record, found);
  files += await findDamagedResults(store, record, found);
  const areResultsWhole = !found.has("results");
  const end = await readSummary(store, batchId);
  if (end) {
    files++;
    if (areResultsWhole) await compareSummary(store, record, end.results_sha256, found);
  }
  for (const path of new Set(typeof reports === "string" ? [reports] : reports)) {
    const manifest = await readManifest(path, batchId);
    if (manifest === undefined) found.add(manifestPathOf(path), "missing");
    else await compareReport(store, record, { path, manifest, end: end?.results_sha256, areResultsWhole }, found);
    files++;
  }
  return { files, differences: found.list(), ...(end && { isSealed: end.results_sha256 !== undefined }) };
}

class Differences {
  readonly #found = new Map<string, FileDifference>();

  add(file: string, is: FileDifference["is"]): void {
    this.#found.set(`${is} ${file}`, { file, is });
  }

  /** True if a file in the folder, or the folder as a whole, differs. */
  has(folder: string): boolean {
    return this.list().some(({ file }) => file === folder || file.startsWith(`${folder}/`));
  }

  list(): FileDifference[] {
    return [...this.#found.values()];
  }
}

async function comparePlanned(store: Store, record: BatchRecord, found: Differences): Promise<number> {
  const sums = await readPlannedSums(store, record);
  if (sums.is !== "whole") found.add("SHA256SUMS", sums.is);
  const present = new Set<string>();
  for (const kind of KINDS) {
    for (const name of await store.list(batchPath(record.id, kind))) present.add(`${kind}/${name}`);
  }
  // Without the list, nothing else is known of the files.
  if (sums.is === "missing") return 2;
  for (const name of present) if (!sums.byName.has(name)) found.add(name, "added");
  const names = [...sums.byName.keys()].filter((name) => KINDS.some((kind) => name.startsWith(`${kind}/`)));
  const compared = readAhead(
    names,
    async (name) => {
      if (!present.has(name)) return found.add(name, "missing");
      const { sha256 } = await sumOf(store.read(batchPath(record.id, ...name.split("/"))));
      if (sha256 !== sums.byName.get(name)) found.add(name, "altered");
    },
    MAX_OPEN_FILES,
  );
  for await (const _ of compared);
  return names.length + 2;
}

/** Finds results that do not match their own checksum, and those of unknown chunks. Returns the number of files. */
async function findDamagedResults(store: Store, record: BatchRecord, found: Differences): Promise<number> {
  const newest = await listNewestFiles(store, record.id, "results");
  const known = new Set(chunkIds(record));
  const folder = batchPath(record.id);
  const compared = readAhead(newest, async ([chunkId, { path }]) => {
    const name = path.slice(folder.length + 1);
    if (!known.has(chunkId)) return found.add(name, "added");
    try {
      parseSealedLines((await store.readText(path)) ?? "", store.describe(path), isRowResult);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      found.add(name, "altered");
    }
  });
  for await (const _ of compared);
  return newest.size;
}

async function compareSummary(
  store: Store,
  record: BatchRecord,
  sealed: string | undefined,
  found: Differences,
): Promise<void> {
  const text = await store.readText(batchPath(record.id, "summary.json"));
  const end = await readSummary(store, record.id);
  if (!end) return;
  let now: Awaited<ReturnType<typeof summarize>>;
  try {
    now = await summarize(store, record, end);
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return found.add("results", "altered"); // more results than rows
  }
  if (sealed !== undefined && now.results_sha256 !== sealed) return found.add("results", "altered");
  const { results_sha256, ...counts } = now;
  const expected = sealed === undefined ? counts : { ...counts, results_sha256 };
  if (text !== formatSummary(expected as typeof now)) found.add("summary.json", "altered");
}

interface ComparedReport {
  path: string;
  manifest: Manifest;
  end: string | undefined;
  areResultsWhole: boolean;
}

async function compareReport(
  store: Store,
  record: BatchRecord,
  { path, manifest, end, areResultsWhole }: ComparedReport,
  found: Differences,
): Promise<void> {
  const { format, outcomes, sha256 } = manifest.report;
  const current = await sumFile(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new LedgerError("storage", `${path} cannot be read: ${errorMessage(error)}.`, { cause: error });
  });
  if (current === undefined) return found.add(path, "missing");
  if (current.sha256 !== sha256) return found.add(path, "altered");
  if (manifest.results_sha256 !== undefined && manifest.results_sha256 !== end) return found.add(path, "altered");
  // A page shows times and later batches, so it is made differently each time.
  if ((format !== "csv" && format !== "jsonl") || !areResultsWhole) return;
  const remade = createHash("sha256");
  try {
    for await (const piece of reportText(store, record, { format, outcomes }, { rows: 0 })) remade.update(piece);
  } catch (error) {
    if (isCorrupt(error)) return; // listed above
    throw error;
  }
  if (remade.digest("hex") !== sha256) found.add(path, "altered");
}

const isCorrupt = (error: unknown): boolean => error instanceof LedgerError && error.code === "corrupt";
