import { chunkIdOf, LedgerError, type LeaseDoubt, type Ledger } from "@caselink/ledger";
import { ChunkRecord, type ChunkLedger, type RecordGuard } from "./chunk-record.ts";
import { readDamagedChunk, type ChunkDoubts } from "./damaged-chunk.ts";

/** The ambiguous tickets of a chunk that a lease names. */
export interface Holding {
  batch: string;
  /** A file of the chunk is damaged, so tickets without a doubt are among them: says which file, and what to do. */
  damage?: string;
}

/** The ambiguous tickets of a lane's chunks, as far as others than their own batches meet them. */
export interface HeldTickets {
  /** Tickets that may be ambiguous, with what holds them. */
  tickets: Map<string, Holding>;
  /** The chunks that still have ambiguous tickets. */
  chunks: LeaseDoubt[];
}

export interface HeldTicketsOptions {
  ledger: ChunkLedger & Pick<Ledger, "summary">;
  /** The chunks that the lease names, without the one that is worked. */
  named: readonly LeaseDoubt[];
  /** The batch whose chunk is worked. */
  batchId: string;
  guard: RecordGuard;
  /**
   * A stalled holder of the lease may wake up at any time: the files of the named chunks get a new version, so that it can
   * store nothing in them any more that others do not know of.
   */
  mustSeal: boolean;
}

/**
 * Reads which ambiguous tickets the chunks that a lease names have. Chunks of the batch itself stay named. Of a chunk with a
 * damaged file all tickets count that may be ambiguous by what can be read.
 * @throws {LedgerError} `corrupt` if so much of a chunk is damaged that its tickets cannot be known
 */
export async function readHeldTickets({ named, batchId, ...options }: HeldTicketsOptions): Promise<HeldTickets> {
  const tickets = new Map<string, Holding>();
  const chunks: LeaseDoubt[] = [];
  for (const { batch, chunk, unsealed } of named) {
    const isOwn = batch === batchId;
    const mustSeal = options.mustSeal || unsealed === true;
    if (isOwn && !mustSeal) {
      chunks.push({ batch, chunk });
      continue;
    }
    const found = await readDoubts({ batch, chunk }, { ...options, mustSeal });
    const { damage, isUnsealed } = found;
    if (isOwn || isUnsealed || found.tickets.length > 0)
      chunks.push({ batch, chunk, ...(isUnsealed && { unsealed: true }) });
    if (!isOwn)
      for (const ticket of found.tickets) tickets.set(ticket, { batch, ...(damage !== undefined && { damage }) });
  }
  return { tickets, chunks };
}

/** None if the batch has ended, or is not in the ledger any more. */
async function readDoubts(
  { batch, chunk }: LeaseDoubt,
  { ledger, guard, mustSeal }: Pick<HeldTicketsOptions, "ledger" | "guard" | "mustSeal">,
): Promise<ChunkDoubts> {
  try {
    if (await ledger.summary(batch)) return { tickets: [] };
    const record = await ChunkRecord.open(ledger, { batchId: batch, kind: "create", ...placeOf(chunk) }, guard);
    if (mustSeal) await record.seal();
    return { tickets: record.ambiguousTickets().map(({ ticket }) => ticket) };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === "no-such-batch" || error.code === "no-such-chunk") return { tickets: [] };
    if (error.code === "corrupt") return readDamagedChunk({ batch, chunk }, error, { ledger, guard, mustSeal });
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
