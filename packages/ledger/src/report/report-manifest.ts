import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, errorMessage, isObject } from "@caselink/common";
import { batchPath, requireBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { listNewestFiles } from "../chunk/chunk-versions.ts";
import { sumFile, sumOf } from "../files/checksum.ts";
import { LedgerError } from "../ledger-error.ts";
import { replaceFile } from "../store/atomic-file.ts";
import type { Store } from "../store/store.ts";
import { readAhead } from "../store/read-ahead.ts";

interface FileSum {
  /** The path below the batch's folder. */
  path: string;
  bytes: number;
  sha256: string;
}

/** The checksums of the files from which a report was made, taken after the batch has ended. */
export interface Manifest {
  version: 1;
  batch: string;
  made_at: string;
  inputs: BatchRecord["inputs"];
  /** The files of the plan, the results and the summary, sorted by path. */
  files: FileSum[];
  /** Only in the manifest next to a report. */
  report?: { name: string; format: string; outcomes?: readonly string[]; bytes: number; sha256: string };
}

/** A file that differs from a manifest. */
export interface ManifestDifference {
  /** The path below the batch's folder. For a report and its manifest, their own path. */
  file: string;
  is: "altered" | "missing" | "added";
}

export interface ManifestCheck {
  /** The number of files that were compared. */
  files: number;
  /** Empty if no file differs. */
  differences: ManifestDifference[];
}

const MANIFEST = "manifest.json";

/** The kinds of a batch's files that its plan wrote. */
const KINDS = ["rows", "rejects", "chunks"] as const;

const MAX_OPEN_FILES = 8;

/** Returns the path of the manifest next to a report. */
export const manifestPathOf = (reportPath: string): string => `${reportPath}.${MANIFEST}`;

/**
 * Writes the manifest next to a report, and the batch's own manifest if it does not exist yet. The batch's own never
 * changes, so that a later report cannot hide changes of files. Returns the path of the report's manifest.
 */
export async function writeManifests(
  store: Store,
  record: BatchRecord,
  report: { path: string; format: string; outcomes: readonly string[] | undefined },
): Promise<string> {
  const manifest: Manifest = {
    version: 1,
    batch: record.id,
    made_at: new Date().toISOString(),
    inputs: record.inputs,
    files: await sumFiles(store, record.id),
  };
  await store.writeOnce(batchPath(record.id, MANIFEST), formatManifest(manifest));
  const { path, format, outcomes } = report;
  const sum = await sumFile(path);
  const manifestPath = manifestPathOf(path);
  const named = { name: basename(path), format, ...(outcomes && { outcomes }), ...sum };
  await replaceFile(manifestPath, formatManifest({ ...manifest, report: named })).catch((cause: unknown) => {
    throw new LedgerError("storage", `${manifestPath} cannot be written: ${errorMessage(cause)}.`, { cause });
  });
  return manifestPath;
}

/**
 * Compares a batch's files with its manifest, and each report and the files with the manifest next to the report.
 * Returns undefined if no reports are given and the batch has no manifest: no report was written after its end.
 *
 * A manifest can be changed like any other file. To detect someone who does that, keep a copy of it elsewhere.
 */
export async function checkManifest(
  store: Store,
  batchId: string,
  reports: string | readonly string[] = [],
): Promise<ManifestCheck | undefined> {
  await requireBatch(store, batchId);
  const own = await store.readText(batchPath(batchId, MANIFEST));
  const paths = new Set(typeof reports === "string" ? [reports] : reports);
  if (own === undefined && paths.size === 0) return undefined;
  const found = new Map((await sumFiles(store, batchId)).map((file) => [file.path, file]));
  const differences = new Map<string, ManifestDifference>();
  const addDifference = (file: string, is: ManifestDifference["is"]) => differences.set(`${is} ${file}`, { file, is });
  let files = found.size;

  function compareFiles(manifest: Manifest): void {
    const expected = new Set<string>();
    for (const { path, sha256 } of manifest.files) {
      expected.add(path);
      const current = found.get(path);
      if (current === undefined) addDifference(path, "missing");
      else if (current.sha256 !== sha256) addDifference(path, "altered");
    }
    for (const path of found.keys()) if (!expected.has(path)) addDifference(path, "added");
  }

  if (own === undefined) addDifference(MANIFEST, "missing");
  else compareFiles(parseManifest(own, store.describe(batchPath(batchId, MANIFEST)), batchId));
  for (const path of paths) {
    const manifestPath = manifestPathOf(path);
    const text = await readOptional(manifestPath);
    if (text === undefined) {
      addDifference(manifestPath, "missing");
      continue;
    }
    const manifest = parseManifest(text, manifestPath, batchId);
    compareFiles(manifest);
    const current = await sumFile(path).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return undefined;
      throw new LedgerError("storage", `${path} cannot be read: ${errorMessage(error)}.`, { cause: error });
    });
    if (current === undefined) addDifference(path, "missing");
    else if (current.sha256 !== manifest.report?.sha256) addDifference(path, "altered");
    files++;
  }
  return { files, differences: [...differences.values()] };
}

async function sumFiles(store: Store, batchId: string): Promise<FileSum[]> {
  const names = await store.list(batchPath(batchId));
  const paths = ["SHA256SUMS", "batch.json", "summary.json"].filter((name) => names.includes(name));
  for (const kind of KINDS) {
    paths.push(...(await store.list(batchPath(batchId, kind))).map((name) => `${kind}/${name}`));
  }
  const results = await listNewestFiles(store, batchId, "results");
  const folder = batchPath(batchId);
  for (const { path } of results.values()) paths.push(path.slice(folder.length + 1));
  const sums: FileSum[] = [];
  // Several at the same time, because each costs a round trip in object storage.
  const sum = async (path: string): Promise<FileSum> => ({
    path,
    ...(await sumOf(store.read(batchPath(batchId, ...path.split("/"))))),
  });
  for await (const file of readAhead(paths.sort(), sum, MAX_OPEN_FILES)) sums.push(file);
  return sums;
}

const formatManifest = (manifest: Manifest): string => `${JSON.stringify(manifest, undefined, 1)}\n`;

function parseManifest(text: string, file: string, batchId: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, with the file's name.
  }
  if (!isManifest(value)) {
    throw new LedgerError("corrupt", `${file} is not a manifest: it was changed or damaged outside of caselink.`);
  }
  if (value.batch !== batchId) {
    throw new LedgerError("corrupt", `${file} is the manifest of batch ${value.batch}, not of ${batchId}.`);
  }
  return value;
}

function isManifest(value: unknown): value is Manifest {
  return (
    isObject(value) &&
    value.version === 1 &&
    typeof value.batch === "string" &&
    Array.isArray(value.files) &&
    value.files.every((file) => isObject(file) && typeof file.path === "string" && typeof file.sha256 === "string")
  );
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new LedgerError("storage", `${path} cannot be read: ${errorMessage(error)}.`, { cause: error });
  }
}
