import { chunkIds, type ChunkTicket, type PlannedBatch, type RelatedTickets, type RowResult } from "@caselink/ledger";
import type { OsmClient } from "@caselink/sdk";
import type { Check } from "./check.ts";
import { predictTicketRows } from "./predict-ticket.ts";
import { CheckCache } from "./check-cache.ts";
import { readParts, type Part, type PartReader } from "./read-parts.ts";
import { RelatedRejections } from "./related-rejections.ts";

export interface CheckOptions {
  api: Pick<OsmClient, "listAssociations">;
  maxInFlight: number;
  /** Also reads the related tickets. */
  withRelated: boolean;
  /** An association counts on both tickets: one with three associations takes no other as a related ticket either. */
  isSymmetric: boolean;
  signal: AbortSignal;
  /** Called when the number of reads is known, and after each read. */
  onProgress: () => void;
}

/** Related tickets in each part. */
const PART_SIZE = 1_000;

/**
 * Reads the tickets of a plan and predicts the outcome of each row, for the plan's report. The readings are stored until
 * every ticket was read, so that an interrupted check of the same input continues. Throws as `readParts` does.
 */
export async function checkPlan(planned: PlannedBatch, options: CheckOptions, check: Check): Promise<void> {
  const { api, maxInFlight, signal, onProgress } = options;
  const cache = new CheckCache(planned.openCheck());
  const onRead = (): void => {
    check.done++;
    check.reused = cache.reused;
    check.reusedFrom = cache.reusedFrom;
    onProgress();
  };
  const reader = { api, cache, maxInFlight, signal, onRead };
  check.reads = planned.record.counts.tickets_to_send;
  const rejections = options.withRelated
    ? await readRelated(planned, { ...reader, keepsRelated: options.isSymmetric }, check, onProgress)
    : new RelatedRejections();
  check.unread += rejections.unreadCount;
  check.unreadReason = rejections.unreadReason;
  for await (const { name, items } of readParts(ticketParts(planned), { ...reader, idOf, keepsRelated: true })) {
    const results: RowResult[] = [];
    for (const { item, reading } of items) {
      results.push(...(await predictTicketRows(item, reading, rejections, planned.record.options.over_limit, check)));
    }
    await planned.writePredictions(name, results);
  }
  if (check.unread === 0) await cache.remove();
}

async function readRelated(
  planned: PlannedBatch,
  reader: Omit<PartReader<string>, "idOf">,
  check: Check,
  onCounted: () => void,
): Promise<RelatedRejections> {
  const rejections = new RelatedRejections(reader.keepsRelated);
  const related = await planned.relatedTickets();
  try {
    check.reads += related.count;
    check.related = related.count;
    onCounted();
    const parts = readParts(relatedParts(related), { ...reader, idOf: String });
    for await (const { items } of parts) for (const { item, reading } of items) rejections.record(item, reading);
    return rejections;
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
