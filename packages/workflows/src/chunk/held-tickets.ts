import { chunkIdOf, LedgerError, type Ledger } from "@caselink/ledger";
import { ChunkRecord, type ChunkLedger, type RecordGuard } from "./chunk-record.ts";

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

export interface HeldTicketsOptions {
  ledger: ChunkLedger & Pick<Ledger, "summary">;
  /** The chunks that the lease names, without the one that is worked. */
  named: readonly ChunkReference[];
  /** The batch whose chunk is worked. */
  batchId: string;
  guard: RecordGuard;
  /**
   * A stalled holder of the lease may wake up at any time: the files of the named chunks get a new version, so that it can
   * store nothing in them any more that others do not know of.
   */
  mustSeal: boolean;
}

/** Reads which ambiguous tickets the chunks that a lease names have. Chunks of the batch itself stay named. */
export async function readHeldTickets({ named, batchId, ...options }: HeldTicketsOptions): Promise<HeldTickets> {
  const tickets = new Map<string, string>();
  const chunks: ChunkReference[] = [];
  for (const reference of named) {
    const isOwn = reference.batch === batchId;
    const ambiguous = isOwn && !options.mustSeal ? [] : await readAmbiguousTickets(reference, options);
    if (isOwn || ambiguous.length > 0) chunks.push(reference);
    if (!isOwn) for (const ticket of ambiguous) tickets.set(ticket, reference.batch);
  }
  return { tickets, chunks };
}

/** None if the batch has ended, or is not in the ledger any more. */
async function readAmbiguousTickets(
  { batch, chunk }: ChunkReference,
  { ledger, guard, mustSeal }: Pick<HeldTicketsOptions, "ledger" | "guard" | "mustSeal">,
): Promise<string[]> {
  try {
    if (await ledger.summary(batch)) return [];
    const record = await ChunkRecord.open(ledger, { batchId: batch, kind: "create", ...placeOf(chunk) }, guard);
    if (mustSeal) await record.seal();
    return record.ambiguousTickets().map(({ ticket }) => ticket);
  } catch (error) {
    if (error instanceof LedgerError && (error.code === "no-such-batch" || error.code === "no-such-chunk")) return [];
    throw error;
  }
}

/** The lane and the index of a chunk, from its id. */
export function placeOf(chunk: string): { lane: string; index: number } {
  const at = chunk.lastIndexOf("-");
  const place = { lane: chunk.slice(0, at), index: Number(chunk.slice(at + 1)) };
  if (chunkIdOf(place.lane, place.index) !== chunk) throw new Error(`${chunk} is not the id of a chunk`);
  return place;
}
