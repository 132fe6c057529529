import { createHash } from "node:crypto";
import { isObject } from "@caselink/common";
import { batchPath, requireBatch } from "./batch-files.ts";
import { readResultsOfChunks } from "../chunk/chunk-files.ts";
import { chunkIds, type BatchRecord } from "./batch-record.ts";
import { sha256 } from "../files/checksum.ts";
import { LedgerError } from "../ledger-error.ts";
import { OUTCOMES, type Outcome, type UndoOutcome } from "../outcome.ts";
import type { Store } from "../store/store.ts";

/** The final state of a batch, and when it ran. */
export interface BatchEnd {
  state: "completed" | "cancelled";
  started_at: string;
  finished_at: string;
}

/** The summary of a batch: `summary.json`, written once. The outcomes add up to `rows`. */
export interface BatchSummary extends BatchEnd, Record<Outcome, number>, Partial<Record<UndoOutcome, number>> {
  rows: number;
  tickets: number;
  /**
   * A digest of the plan's record and of all results, from which the report is made. The result of the batch's workflow
   * carries it, too. Absent if an older version ended the batch.
   */
  results_sha256?: string;
}

/** Returns the outcome of the rows that are unsettled when their batch ends. */
export function outcomeOfUnsettled(state: BatchEnd["state"]): Outcome {
  return state === "cancelled" ? "cancelled" : "failed";
}

export async function readSummary(store: Store, batchId: string): Promise<BatchSummary | undefined> {
  const path = batchPath(batchId, "summary.json");
  const text = await store.readText(path);
  if (text === undefined) return undefined;
  try {
    const summary: unknown = JSON.parse(text);
    if (isSummary(summary)) return summary;
  } catch {
    // Reported below, with the file's name.
  }
  throw new LedgerError(
    "corrupt",
    `${store.describe(path)} is not a summary: it was changed or damaged outside of caselink.`,
  );
}

function isSummary(value: unknown): value is BatchSummary {
  return (
    isObject(value) &&
    (value.state === "completed" || value.state === "cancelled") &&
    typeof value.started_at === "string" &&
    typeof value.finished_at === "string" &&
    ["rows", "tickets", ...OUTCOMES].every((name) => Number.isSafeInteger(value[name])) &&
    (value.results_sha256 === undefined || typeof value.results_sha256 === "string")
  );
}

/** Counts the results and writes the summary. If there is a summary, returns that one and changes nothing. */
export async function finishBatch(store: Store, batchId: string, end: BatchEnd): Promise<BatchSummary> {
  const earlier = await readSummary(store, batchId);
  if (earlier) return earlier;
  const record = await requireBatch(store, batchId);
  const summary = await summarize(store, record, end);
  if (await store.writeOnce(batchPath(batchId, "summary.json"), formatSummary(summary))) return summary;
  return (await readSummary(store, batchId)) ?? summary;
}

/** Returns the text of `summary.json`. */
export function formatSummary(summary: BatchSummary): string {
  return `${JSON.stringify(summary, undefined, 2)}\n`;
}

/** A worker counts the results of its batches: sixteen files take 13 to 40 MB more, and no less time in a folder. */
const FILES_AHEAD = 4;

/** Counts the results of a batch, and takes their digest. Throws `corrupt` if a file of results is damaged. */
export async function summarize(store: Store, record: BatchRecord, end: BatchEnd): Promise<BatchSummary> {
  const { rows, tickets, to_send, duplicate, limit_reached, invalid } = record.counts;
  const summary: BatchSummary = {
    state: end.state,
    rows,
    tickets,
    created: 0,
    already_associated: 0,
    duplicate,
    limit_reached,
    invalid,
    not_found: 0,
    forbidden: 0,
    failed: 0,
    cancelled: 0,
    ...(record.kind === "undo" && { removed: 0, already_absent: 0, restored: 0 }),
    started_at: end.started_at,
    finished_at: end.finished_at,
  };
  let unsettled = to_send;
  const digest = createHash("sha256");
  // Its own checksum of the plan's files makes the digest one of them, too.
  digest.update(`${sha256((await store.readText(batchPath(record.id, "batch.json"))) ?? "")}  batch.json\n`);
  const stored = readResultsOfChunks(store, record.id, chunkIds(record), FILES_AHEAD);
  for await (const { chunkId, text, lines } of stored) {
    digest.update(`${sha256(text)}  results/${chunkId}\n`);
    const results = new Map(lines.map((result) => [result.row, result]));
    for (const { outcome } of results.values()) {
      if (outcome === undefined) continue;
      summary[outcome] = (summary[outcome] ?? 0) + 1;
      unsettled--;
    }
  }
  if (unsettled < 0) {
    throw new LedgerError("corrupt", `Batch ${record.id} has results for ${-unsettled} more rows than it was to send.`);
  }
  summary[outcomeOfUnsettled(end.state)] += unsettled;
  return { ...summary, results_sha256: digest.digest("hex") };
}
