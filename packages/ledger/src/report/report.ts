import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { requireBatch } from "../batch-files.ts";
import type { BatchRecord } from "../batch-record.ts";
import { errorCode, errorMessage } from "../error-facts.ts";
import { LedgerError } from "../ledger-error.ts";
import type { ReportOptions } from "../ledger.ts";
import { manifestPathOf, writeManifests } from "../report-manifest.ts";
import { besidePath } from "../store/atomic-file.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "../summary.ts";
import { htmlReport } from "./html-report.ts";
import { createCsvReport, createJsonReport } from "./report-format.ts";
import { reportPieces } from "./report-pieces.ts";
import { fromReportSource } from "./report-source.ts";

/** What became of a report. */
export interface WrittenReport {
  rows: number;
  /** Path of the manifest; only beside a file, and only once the batch has ended. */
  manifest?: string;
}

/**
 * Writes every row of a batch with its outcome, in input order, in bounded memory. A page holds a part of them where there
 * are very many; `rows` is what was written.
 */
export async function writeReport(store: Store, batchId: string, options: ReportOptions): Promise<WrittenReport> {
  const record = await requireBatch(store, batchId);
  const hasEnded = (await readSummary(store, batchId)) !== undefined;
  const count = { rows: 0 };
  const text =
    options.format === "html" ? pageText(store, record, options, count) : reportText(store, record, options, count);
  if (typeof options.out !== "string") {
    // The stream is the caller's: standard output must not be ended.
    await pipeline(Readable.from(text), options.out, { end: false });
    return count;
  }
  await writeWhole(options.out, text);
  return { ...count, ...(await proveReport(store, record, hasEnded, options.out, options)) };
}

/** Of a batch that goes on, a manifest would be wrong with the next row. */
async function proveReport(
  store: Store,
  record: BatchRecord,
  hasEnded: boolean,
  path: string,
  { format, outcomes }: ReportOptions,
): Promise<{ manifest?: string }> {
  if (hasEnded) return { manifest: await writeManifests(store, record, { path, format, outcomes }) };
  // One that is here speaks of an earlier file of that name.
  await rm(manifestPathOf(path), { force: true });
  return {};
}

function pageText(
  store: Store,
  record: BatchRecord,
  { outcomes }: ReportOptions,
  count: { rows: number },
): AsyncGenerator<string> {
  return fromReportSource(store, record.id, (source) => htmlReport(source, { outcomes }, count));
}

async function* reportText(
  store: Store,
  record: BatchRecord,
  { format: name, outcomes }: ReportOptions,
  count: { rows: number },
): AsyncGenerator<string> {
  const format = name === "csv" ? createCsvReport(record) : createJsonReport(record.columns);
  let isFirst = true;
  for await (const rows of reportPieces(store, record.id, outcomes)) {
    // Not before it is known that the batch can be read.
    if (isFirst && format.header !== "") yield format.header;
    isFirst = false;
    count.rows += rows.length;
    yield rows.map(format.line).join("");
  }
  if (isFirst && format.header !== "") yield format.header;
}

async function writeWhole(path: string, text: AsyncIterable<string>): Promise<void> {
  const aside = besidePath(path);
  try {
    await pipeline(Readable.from(text), createWriteStream(aside, { flags: "wx", flush: true }));
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    if (error instanceof LedgerError) throw error;
    const reason = errorCode(error) === "ENOENT" ? `the folder ${dirname(path)} does not exist` : errorMessage(error);
    throw new LedgerError("storage", `${path} cannot be written: ${reason}.`, { cause: error });
  }
}
