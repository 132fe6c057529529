import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { requireBatch } from "../batch-files.ts";
import type { BatchRecord } from "../batch-record.ts";
import { errorMessage } from "../error-facts.ts";
import { LedgerError } from "../ledger-error.ts";
import type { ReportOptions } from "../ledger.ts";
import { besidePath } from "../store/atomic-file.ts";
import type { Store } from "../store/store.ts";
import { createCsvReport, createJsonReport, type ReportFormat } from "./report-format.ts";
import { reportPieces } from "./report-pieces.ts";

/** Writes every row of a batch with its outcome, in input order, in bounded memory. */
export async function writeReport(store: Store, batchId: string, options: ReportOptions): Promise<{ rows: number }> {
  const record = await requireBatch(store, batchId);
  const format = options.format === "csv" ? createCsvReport(record.columns) : createJsonReport(record.columns);
  const count = { rows: 0 };
  const text = reportText(store, record, format, options, count);
  if (typeof options.out === "string") await writeWhole(options.out, text);
  // The stream is the caller's: standard output must not be ended.
  else await pipeline(Readable.from(text), options.out, { end: false });
  return count;
}

async function* reportText(
  store: Store,
  record: BatchRecord,
  format: ReportFormat,
  { outcomes }: ReportOptions,
  count: { rows: number },
): AsyncGenerator<string> {
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
    throw new LedgerError("storage", `${path} cannot be written: ${errorMessage(error)}.`, { cause: error });
  }
}
