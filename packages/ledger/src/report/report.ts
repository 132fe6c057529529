import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { errorCode, errorMessage } from "@caselink/common";
import { requireBatch } from "../batch/batch-files.ts";
import type { BatchRecord } from "../batch/batch-record.ts";
import { LedgerError } from "../ledger-error.ts";
import { manifestPathOf, writeManifest } from "./report-manifest.ts";
import { temporaryPathFor } from "../store/atomic-file.ts";
import type { Store } from "../store/store.ts";
import { readSummary, type BatchSummary } from "../batch/summary.ts";
import { htmlReport } from "./html-report.ts";
import type { ReportOptions } from "./report-format.ts";
import { fromReportSource } from "./report-source.ts";
import { reportText } from "./report-text.ts";

/** The result of writing a report. */
export interface WrittenReport {
  rows: number;
  /** Path of the manifest. Written only if the report goes to a file and the batch has ended. */
  manifest?: string;
}

/**
 * Writes every row of a batch with its outcome, in input order and in bounded memory. An HTML page has at most 100,000
 * rows; `rows` of the result is the number of rows written.
 */
export async function writeReport(store: Store, batchId: string, options: ReportOptions): Promise<WrittenReport> {
  const record = await requireBatch(store, batchId);
  const end = await readSummary(store, batchId);
  const count = { rows: 0 };
  const text =
    options.format === "html" ? pageText(store, record, options, count) : reportText(store, record, options, count);
  if (typeof options.out !== "string") {
    // The stream belongs to the caller: standard output must not be closed.
    await pipeline(text, options.out, { end: false });
    return count;
  }
  await writeWhole(options.out, text);
  return { ...count, ...(await updateManifest(record, end, options.out, options)) };
}

/** Writes the manifest if the batch has ended. Before that, the next settled row would make the manifest wrong. */
async function updateManifest(
  record: BatchRecord,
  end: BatchSummary | undefined,
  path: string,
  { format, outcomes }: ReportOptions,
): Promise<{ manifest?: string }> {
  if (end) return { manifest: await writeManifest(record, end, { path, format, outcomes }) };
  // A manifest that exists describes an earlier report of the same name.
  await rm(manifestPathOf(path), { force: true });
  return {};
}

function pageText(
  store: Store,
  record: BatchRecord,
  { outcomes, language }: ReportOptions,
  count: { rows: number },
): AsyncGenerator<string> {
  return fromReportSource(store, record.id, (source) => htmlReport(source, { outcomes, language }, count));
}

async function writeWhole(path: string, text: AsyncIterable<string>): Promise<void> {
  const temporary = temporaryPathFor(path);
  try {
    await pipeline(text, createWriteStream(temporary, { flags: "wx", flush: true }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof LedgerError) throw error;
    throw new LedgerError(
      "storage",
      errorCode(error) === "ENOENT"
        ? `${path} cannot be written: the folder ${dirname(path)} does not exist.`
        : `${path} cannot be written: ${errorMessage(error)}.`,
      { cause: error },
    );
  }
}
