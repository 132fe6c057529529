import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { batchPath, requireBatch } from "../batch-files.ts";
import type { BatchRecord } from "../batch-record.ts";
import { openDatabase, type Database } from "../database.ts";
import { errorMessage } from "../error-facts.ts";
import { LedgerError } from "../ledger-error.ts";
import type { ReportOptions } from "../ledger.ts";
import { besidePath } from "../store/atomic-file.ts";
import type { Store } from "../store/store.ts";
import { readSummary } from "../summary.ts";
import { createCsvReport, createJsonReport, type ReportFormat } from "./report-format.ts";
import { loadResults, readReportRows } from "./report-rows.ts";

/** Writes every row of a batch with its outcome, in input order, in bounded memory. */
export async function writeReport(store: Store, batchId: string, options: ReportOptions): Promise<{ rows: number }> {
  const record = await requireBatch(store, batchId);
  const format = options.format === "csv" ? createCsvReport(record.columns) : createJsonReport(record.columns);
  const stage = await store.createStage();
  try {
    const database = await openDatabase(join(stage.folder, "spill"));
    try {
      const count = { rows: 0 };
      const text = reportText(store, record, database, format, options, count);
      if (typeof options.out === "string") await writeWhole(options.out, text);
      // The stream is the caller's: standard output must not be ended.
      else await pipeline(Readable.from(text), options.out, { end: false });
      return count;
    } finally {
      database.close();
    }
  } finally {
    await stage.remove();
  }
}

async function* reportText(
  store: Store,
  record: BatchRecord,
  database: Database,
  format: ReportFormat,
  { outcomes }: ReportOptions,
  count: { rows: number },
): AsyncGenerator<string> {
  const end = await readSummary(store, record.id);
  await loadResults(database, store, record);
  if (format.header !== "") yield format.header;
  const files = await store.localFiles(batchPath(record.id, "rows"));
  for (const path of files) {
    for await (const rows of readReportRows(database, path, record, { end, outcomes })) {
      count.rows += rows.length;
      yield rows.map(format.line).join("");
    }
  }
}

async function writeWhole(path: string, text: AsyncIterable<string>): Promise<void> {
  const aside = besidePath(path);
  try {
    await pipeline(Readable.from(text), createWriteStream(aside, { flags: "wx", flush: true }));
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    if (error instanceof LedgerError) throw error;
    throw new LedgerError("storage", `${path} cannot be written: ${errorMessage(error)}.`, { cause: error });
  }
}
