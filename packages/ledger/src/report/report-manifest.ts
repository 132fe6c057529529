import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, errorMessage, isObject } from "@caselink/common";
import type { BatchRecord } from "../batch/batch-record.ts";
import type { BatchSummary } from "../batch/summary.ts";
import { sumFile } from "../files/checksum.ts";
import { LedgerError } from "../ledger-error.ts";
import { replaceFile } from "../store/atomic-file.ts";

/** What a report that was written after the end of its batch was made from, and its checksum. */
export interface Manifest {
  /** 1: written by an older version, without the digest of the results. */
  version: 1 | 2;
  batch: string;
  made_at: string;
  inputs: BatchRecord["inputs"];
  /** The digest in the batch's summary; absent if the summary has none. */
  results_sha256?: string;
  report: { name: string; format: string; outcomes?: readonly string[]; bytes: number; sha256: string };
}

/** Returns the path of the manifest next to a report. */
export const manifestPathOf = (reportPath: string): string => `${reportPath}.manifest.json`;

/** Writes the manifest next to a report. Returns its path. */
export async function writeManifest(
  record: BatchRecord,
  end: BatchSummary,
  report: { path: string; format: string; outcomes: readonly string[] | undefined },
): Promise<string> {
  const { path, format, outcomes } = report;
  const manifest: Manifest = {
    version: 2,
    batch: record.id,
    made_at: new Date().toISOString(),
    inputs: record.inputs,
    ...(end.results_sha256 !== undefined && { results_sha256: end.results_sha256 }),
    report: { name: basename(path), format, ...(outcomes && { outcomes }), ...(await sumFile(path)) },
  };
  const manifestPath = manifestPathOf(path);
  await replaceFile(manifestPath, `${JSON.stringify(manifest, undefined, 1)}\n`).catch((cause: unknown) => {
    throw new LedgerError("storage", `${manifestPath} cannot be written: ${errorMessage(cause)}.`, { cause });
  });
  return manifestPath;
}

/** Returns the manifest next to a report; undefined if there is none. Throws `corrupt` for one of another batch. */
export async function readManifest(reportPath: string, batchId: string): Promise<Manifest | undefined> {
  const file = manifestPathOf(reportPath);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw new LedgerError("storage", `${file} cannot be read: ${errorMessage(error)}.`, { cause: error });
  }
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
    (value.version === 1 || value.version === 2) &&
    typeof value.batch === "string" &&
    isObject(value.report) &&
    typeof value.report.format === "string" &&
    typeof value.report.sha256 === "string" &&
    (value.report.outcomes === undefined || Array.isArray(value.report.outcomes))
  );
}
