import { chunkIdOf, type ChunkTicket } from "@caselink/ledger";
import type { BatchInput } from "../../src/workflow/contracts.ts";
import type { ModelLedger } from "./model-ledger.ts";
import { laneOf, type Schedule, type ScheduledBatch, type ScheduledRow } from "./schedule.ts";

const GIVE_UP_MS = 24 * 3_600_000;

export interface PlannedRow extends ScheduledRow {
  /** Counts from 1; a retry keeps the numbers of its batch. */
  row: number;
  /** The earlier row that asks for the same association from the other ticket. */
  mirrorOf?: number;
}

/** The rows of a batch as its plan numbers them. */
export function planRows(rows: readonly ScheduledRow[]): PlannedRow[] {
  return markMirrors(rows.map((row, at) => ({ ...row, row: at + 1 })));
}

/** The rows that a retry takes: those that the last batch with them has left as failed or cancelled. */
export function planRetry(batches: readonly string[], ledger: ModelLedger): PlannedRow[] {
  const outcomes = new Map<number, string>();
  for (const batchId of batches) {
    const { state, results = [] } = ledger.endOf(batchId) ?? {};
    const settled = new Map(results.map(({ row, outcome }) => [row, outcome]));
    for (const { row } of ledger.planned.get(batchId) ?? [])
      outcomes.set(row, settled.get(row) ?? (state === "cancelled" ? "cancelled" : "failed"));
  }
  const isRetried = ({ row }: PlannedRow): boolean => ["failed", "cancelled"].includes(outcomes.get(row) ?? "");
  return markMirrors((ledger.planned.get(batches[0] ?? "") ?? []).filter(isRetried));
}

function markMirrors(rows: PlannedRow[]): PlannedRow[] {
  return rows.map((row) => {
    const earlier = rows.find(
      (other) => other.row < row.row && other.ticket === row.related && other.related === row.ticket,
    );
    const { mirrorOf: _, ...own } = row;
    return { ...own, ...(earlier && { mirrorOf: earlier.row }) };
  });
}

/** Writes the chunks of a batch to the ledger. Returns the input of its workflow. */
export function storePlan(
  { ledger, schedule }: { ledger: ModelLedger; schedule: Schedule },
  batchId: string,
  { kind, chunkSize }: Pick<ScheduledBatch, "kind" | "chunkSize">,
  rows: readonly PlannedRow[],
): BatchInput {
  ledger.planned.set(batchId, rows);
  const tickets = ticketsOf(rows);
  const chunks: Record<string, number> = {};
  for (const lane of schedule.lanes) {
    const own = tickets.filter(({ ticket }) => laneOf(schedule, ticket) === lane);
    for (let at = 0; at < own.length; at += chunkSize) {
      const index = chunks[lane] ?? 0;
      ledger.chunks.set(`${batchId}/${chunkIdOf(lane, index)}`, own.slice(at, at + chunkSize));
      chunks[lane] = index + 1;
    }
  }
  return {
    batchId,
    kind,
    endpointKey: "api",
    chunks,
    rows: rows.length,
    tickets: tickets.length,
    giveUpAfterMs: GIVE_UP_MS,
  };
}

function ticketsOf(rows: readonly PlannedRow[]): ChunkTicket[] {
  const tickets = new Map<string, ChunkTicket>();
  for (const { ticket, related, row, restore, mirrorOf } of rows) {
    const known = tickets.get(ticket) ?? { ticket, group: "g", rows: [] };
    known.rows.push({ row, related, ...(restore && { restore }), ...(mirrorOf && { mirror_of: mirrorOf }) });
    tickets.set(ticket, known);
  }
  return [...tickets.values()];
}
