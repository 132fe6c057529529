import { LedgerError, type LeaseDoubt } from "@caselink/ledger";
import { skippedBySeal, type ChunkLedger, type RecordGuard } from "./chunk-record.ts";

/** The tickets of a chunk that may be ambiguous. */
export interface ChunkDoubts {
  tickets: string[];
  /** No new version of its files was stored, although a stalled holder may store some. */
  isUnsealed?: true;
  /** Which file is damaged, and what to do. */
  damage?: string;
}

export interface DamagedChunkOptions {
  ledger: ChunkLedger;
  guard: RecordGuard;
  mustSeal: boolean;
}

/**
 * The tickets that may be ambiguous in a chunk with a damaged file, by its other files.
 *
 * If its list of tickets can be read: those with a row that has no outcome in the results. The snapshot counts for nothing,
 * and nothing is sealed: the damaged file is to be restored from a copy, and until then a stalled holder may still store a
 * snapshot of further tickets. If its list of tickets is damaged: those of the snapshot.
 * @throws {LedgerError} `damage`, if the list of tickets and another file are damaged: any ticket of the lane may be among them
 */
export async function readDamagedChunk(
  { batch, chunk }: LeaseDoubt,
  damage: LedgerError,
  { ledger, guard, mustSeal }: DamagedChunkOptions,
): Promise<ChunkDoubts> {
  const [planned, snapshot, results] = await Promise.all([
    unlessDamaged(ledger.readChunk(batch, chunk)),
    unlessDamaged(ledger.newestSnapshot(batch, chunk)),
    unlessDamaged(ledger.newestResults(batch, chunk)),
  ]);
  if (planned) {
    const settled = new Set(results?.lines.flatMap(({ row, outcome }) => (outcome === undefined ? [] : [row])));
    const open = planned.filter(({ rows }) => rows.some(({ row }) => !settled.has(row)));
    return { tickets: open.map(({ ticket }) => ticket), isUnsealed: true, damage: damage.message };
  }
  if (!snapshot || !results) throw damage;
  if (mustSeal) {
    const skipped = await skippedBySeal(ledger);
    await guard.beforeWrite();
    await ledger.writeSnapshot(batch, chunk, snapshot.lines, snapshot.version + skipped);
    await guard.beforeWrite();
    await ledger.writeResults(batch, chunk, results.lines, results.version + skipped);
  }
  const written = snapshot.lines.filter(({ closed }) => !closed);
  return { tickets: written.map(({ ticket }) => ticket), damage: damage.message };
}

/** Undefined: the file is damaged. */
async function unlessDamaged<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof LedgerError && error.code === "corrupt") return undefined;
    throw error;
  }
}
