import { chunkIdOf, LedgerError, type Ledger } from "@caselink/ledger";
import { ChunkRecord, type ChunkLedger } from "./chunk-record.ts";

/** A chunk that a lane's lease names: it may have ambiguous tickets. */
export interface ChunkReference {
  batch: string;
  chunk: string;
}

/** The ambiguous tickets of a lane's chunks, as far as others than their own batches meet them. */
export interface HeldTickets {
  /** Ambiguous tickets, with their batches. */
  tickets: Map<string, string>;
  /** The chunks that still have ambiguous tickets. */
  chunks: ChunkReference[];
}

/** Reads which tickets the chunks that a lease names have ambiguous. Chunks of `batchId` itself stay named without a look. */
export async function readHeldTickets(
  ledger: ChunkLedger & Pick<Ledger, "summary">,
  named: readonly ChunkReference[],
  batchId: string,
): Promise<HeldTickets> {
  const tickets = new Map<string, string>();
  const chunks: ChunkReference[] = [];
  for (const reference of named) {
    if (reference.batch === batchId) {
      chunks.push(reference);
      continue;
    }
    const inDoubt = await readTicketsInDoubt(ledger, reference);
    if (inDoubt.length > 0) chunks.push(reference);
    for (const ticket of inDoubt) tickets.set(ticket, reference.batch);
  }
  return { tickets, chunks };
}

/** None if the batch has ended, or is not in the ledger any more. */
async function readTicketsInDoubt(
  ledger: ChunkLedger & Pick<Ledger, "summary">,
  { batch, chunk }: ChunkReference,
): Promise<string[]> {
  try {
    if (await ledger.summary(batch)) return [];
    const record = await ChunkRecord.open(ledger, { batchId: batch, kind: "create", ...placeOf(chunk) }, READ_ONLY);
    return record.ticketsInDoubt().map(({ ticket }) => ticket);
  } catch (error) {
    if (error instanceof LedgerError && (error.code === "no-such-batch" || error.code === "no-such-chunk")) return [];
    throw error;
  }
}

const READ_ONLY = { now: Date.now, beforeWrite: () => Promise.reject(new Error("this chunk is another batch's")) };

/** The lane and the index of a chunk, from its id. */
export function placeOf(chunk: string): { lane: string; index: number } {
  const at = chunk.lastIndexOf("-");
  const place = { lane: chunk.slice(0, at), index: Number(chunk.slice(at + 1)) };
  if (chunkIdOf(place.lane, place.index) !== chunk) throw new Error(`${chunk} is not the id of a chunk`);
  return place;
}
