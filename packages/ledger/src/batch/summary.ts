import { isObject } from "@caselink/common";
import { batchPath, requireBatch } from "./batch-files.ts";
import { readResultsOfChunks } from "../chunk/chunk-files.ts";
import { chunkIds, type BatchRecord } from "./batch-record.ts";
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
    ["rows", "tickets", ...OUTCOMES].every((name) => Number.isSafeInteger(value[name]))
  );
}

/** Counts the results and writes the summary. If there is a summary, returns that one and changes nothing. */
export async function finishBatch(store: Store, batchId: string, end: BatchEnd): Promise<BatchSummary> {
  const earlier = await readSummary(store, batchId);
  if (earlier) return earlier;
  const record = await requireBatch(store, batchId);
  const summary = await countOutcomes(store, record, end);
  const text = `${JSON.stringify(summary, undefined, 2)}\n`;
  if (await store.writeOnce(batchPath(batchId, "summary.json"), text)) return summary;
  return (await readSummary(store, batchId)) ?? summary;
}

async function countOutcomes(store: Store, record: BatchRecord, end: BatchEnd): Promise<BatchSummary> {
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
  for await (const { lines } of readResultsOfChunks(store, record.id, chunkIds(record))) {
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
  return summary;
}
