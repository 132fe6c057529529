import type { BatchRecord, Ledger } from "@caselink/ledger";
import type { OutcomeCounts } from "@caselink/workflows";

/** The progress of a batch by its results in the ledger, for a batch without a worker. */
export async function storedProgress(
  record: BatchRecord,
  ledger: Ledger,
): Promise<{ settledTickets: number; outcomes: OutcomeCounts }> {
  const outcomes: OutcomeCounts = {};
  let settledTickets = 0;
  for await (const { chunkId, results } of ledger.resultsByChunk(record.id)) {
    const settled = new Set<number>();
    for (const { row, outcome } of results) {
      if (!outcome) continue;
      settled.add(row);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    for (const { rows } of await ledger.readChunk(record.id, chunkId)) {
      if (rows.every(({ row }) => settled.has(row))) settledTickets++;
    }
  }
  return { settledTickets, outcomes };
}
