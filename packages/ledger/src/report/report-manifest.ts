import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, errorMessage, isObject } from "@caselink/common";
import { batchPath, requireBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { sumFile, sumOf } from "../files/checksum.ts";
import { LedgerError } from "../ledger-error.ts";
import { replaceFile } from "../store/atomic-file.ts";
import type { Store } from "../store/store.ts";
import { readAhead } from "../store/read-ahead.ts";

interface FileSum {
  /** Below the batch's folder. */
  path: string;
  bytes: number;
  sha256: string;
}

/** What a report was made from, by checksum; made once the batch has ended. */
export interface Manifest {
  version: 1;
  batch: string;
  made_at: string;
  inputs: BatchRecord["inputs"];
  /** The plan, the results and the end, sorted by path. */
  files: FileSum[];
  /** In the manifest beside a report. */
  report?: { name: string; format: string; outcomes?: readonly string[]; bytes: number; sha256: string };
}

/** A file that is not as a manifest has it. */
export interface ManifestDifference {
  /** Below the batch's folder; a report and its manifest by their own path. */
  file: string;
  is: "altered" | "missing" | "added";
}

export interface ManifestCheck {
  /** Files that were compared. */
  files: number;
  /** Empty where everything is as it was. */
  differences: ManifestDifference[];
}

const MANIFEST = "manifest.json";

/** What a batch's files are at its end, apart from snapshots, leases and reports. */
const KINDS = ["rows", "rejects", "chunks", "results"] as const;

const FILES_AT_ONCE = 8;

/** Beside a report. */
export const manifestPathOf = (reportPath: string): string => `${reportPath}.${MANIFEST}`;

/**
 * Writes the manifest beside a report, and the batch's own where there is none yet: that one stays, so that a later
 * report cannot cover up what was changed since.
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
  const beside = manifestPathOf(path);
  const named = { name: basename(path), format, ...(outcomes && { outcomes }), ...sum };
  await replaceFile(beside, formatManifest({ ...manifest, report: named })).catch((cause: unknown) => {
    throw new LedgerError("storage", `${beside} cannot be written: ${errorMessage(cause)}.`, { cause });
  });
  return beside;
}

/**
 * Compares a batch's files with its manifest and, where reports are named, each of them and the files with the manifest
 * beside it. Undefined where the batch has none: no report was written since it ended.
 *
 * Finds what was changed, not who did it: a manifest can be changed like any other file. Keep a copy elsewhere where that
 * matters.
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
  const note = (file: string, is: ManifestDifference["is"]) => differences.set(`${is} ${file}`, { file, is });
  let files = found.size;

  function compareFiles(manifest: Manifest): void {
    const expected = new Set<string>();
    for (const { path, sha256 } of manifest.files) {
      expected.add(path);
      const now = found.get(path);
      if (now === undefined) note(path, "missing");
      else if (now.sha256 !== sha256) note(path, "altered");
    }
    for (const path of found.keys()) if (!expected.has(path)) note(path, "added");
  }

  if (own === undefined) note(MANIFEST, "missing");
  else compareFiles(parseManifest(own, store.describe(batchPath(batchId, MANIFEST)), batchId));
  for (const path of paths) {
    const beside = manifestPathOf(path);
    const text = await readOptional(beside);
    if (text === undefined) {
      note(beside, "missing");
      continue;
    }
    const manifest = parseManifest(text, beside, batchId);
    compareFiles(manifest);
    const now = await sumFile(path).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return undefined;
      throw new LedgerError("storage", `${path} cannot be read: ${errorMessage(error)}.`, { cause: error });
    });
    if (now === undefined) note(path, "missing");
    else if (now.sha256 !== manifest.report?.sha256) note(path, "altered");
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
  const sums: FileSum[] = [];
  // Several at once: in object storage each costs a round trip.
  const sum = async (path: string): Promise<FileSum> => ({
    path,
    ...(await sumOf(store.read(batchPath(batchId, ...path.split("/"))))),
  });
  for await (const file of readAhead(paths.sort(), sum, FILES_AT_ONCE)) sums.push(file);
  return sums;
}

const formatManifest = (manifest: Manifest): string => `${JSON.stringify(manifest, undefined, 1)}\n`;

function parseManifest(text: string, file: string, batchId: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below, with the file's name.
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
