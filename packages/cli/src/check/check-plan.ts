import { chunkIds, type ChunkTicket, type PlannedBatch, type RelatedTickets, type RowResult } from "@caselink/ledger";
import type { OsmClient } from "@caselink/sdk";
import type { Check } from "./check.ts";
import { predictTicketRows } from "./predict-ticket.ts";
import { CheckCache } from "./check-cache.ts";
import { readParts, type Part, type PartReader } from "./read-parts.ts";
import { RelatedRejections } from "./related-rejections.ts";

export interface CheckOptions {
  api: Pick<OsmClient, "listAssociations">;
  inFlight: number;
  /** Reads the related tickets, too. */
  withRelated: boolean;
  signal: AbortSignal;
  /** Called as soon as it is known how many reads there are, and after each. */
  onProgress: () => void;
}

/** Related tickets of a part. */
const PART_SIZE = 1_000;

/**
 * Reads the tickets of a plan and foresees what becomes of each row, for the plan's report. What it reads is kept until all
 * is read: a check of the same input that was interrupted goes on. Throws as `readParts` does.
 */
export async function checkPlan(planned: PlannedBatch, options: CheckOptions, check: Check): Promise<void> {
  const { api, inFlight, signal, onProgress } = options;
  const reads = new CheckCache(planned.openCheck());
  const onRead = (): void => {
    check.done++;
    check.reused = reads.reused;
    check.reusedFrom = reads.reusedFrom;
    onProgress();
  };
  const reader = { api, reads, inFlight, signal, onRead };
  check.reads = planned.record.counts.tickets_to_send;
  const refusals = options.withRelated
    ? await readRelated(planned, reader, check, onProgress)
    : new RelatedRejections();
  check.unread += refusals.unreadCount;
  check.unreadReason = refusals.unreadReason;
  for await (const { name, items } of readParts(ticketParts(planned), { ...reader, idOf, keepsPresent: true })) {
    const results: RowResult[] = [];
    for (const { item, reading } of items) {
      results.push(...(await predictTicketRows(item, reading, refusals, planned.record.options.over_limit, check)));
    }
    await planned.writeForecast(name, results);
  }
  if (check.unread === 0) await reads.remove();
}

async function readRelated(
  planned: PlannedBatch,
  reader: Omit<PartReader<string>, "idOf" | "keepsPresent">,
  check: Check,
  onCounted: () => void,
): Promise<RelatedRejections> {
  const refusals = new RelatedRejections();
  const related = await planned.relatedTickets();
  try {
    check.reads += related.count;
    check.related = related.count;
    onCounted();
    const parts = readParts(relatedParts(related), { ...reader, idOf: String, keepsPresent: false });
    for await (const { items } of parts) for (const { item, reading } of items) refusals.note(item, reading);
    return refusals;
  } finally {
    related.close();
  }
}

const idOf = ({ ticket }: ChunkTicket): string => ticket;

async function* ticketParts(planned: PlannedBatch): AsyncGenerator<Part<ChunkTicket>> {
  for (const name of chunkIds(planned.record)) yield { name, items: await planned.readChunk(name) };
}

async function* relatedParts(related: RelatedTickets): AsyncGenerator<Part<string>> {
  let number = 0;
  let waiting: string[] = [];
  const next = (items: string[]): Part<string> => ({ name: `related-${number++}`, items });
  for await (const ids of related.ids()) {
    waiting.push(...ids);
    while (waiting.length >= PART_SIZE) yield next(waiting.splice(0, PART_SIZE));
  }
  if (waiting.length > 0) yield next(waiting);
}
