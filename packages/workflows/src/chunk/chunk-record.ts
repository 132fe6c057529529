import {
  chunkIdOf,
  LONGEST_READ_LAG_MS,
  type ChunkRow,
  type ChunkTicket,
  type Ledger,
  type RowResult,
  type SnapshotEntry,
  type StoredLines,
} from "@caselink/ledger";
import type { ChunkCounts, ChunkTask, OutcomeCounts, RowOutcome } from "../workflow/contracts.ts";
import { ChunkResults } from "./chunk-results.ts";
import { ChunkSnapshot } from "./chunk-snapshot.ts";
import { isAdding, type TicketWork } from "./settle-context.ts";
import type { CallRecord } from "./verdict.ts";

/** The part of the ledger that a chunk reads and writes. */
export type ChunkLedger = Pick<
  Ledger,
  "readChunk" | "newestSnapshot" | "writeSnapshot" | "newestResults" | "writeResults" | "hasConditionalWrites"
>;

type ChunkPlace = Pick<ChunkTask, "batchId" | "kind" | "lane" | "index">;

export interface RecordGuard {
  now: () => number;
  /** Throws if this attempt must not write any more. */
  beforeWrite: () => Promise<void>;
  /** Called with the rows that were settled since the last call, each time when their results are stored. */
  onSettled?: ((outcomes: OutcomeCounts) => void) | undefined;
}

/**
 * The versions of a file between what was read and its seal. Without conditional writes, a process that stalled replaces the
 * version that comes next: that one stays free, is below the seal, and is not read.
 */
export async function skippedBySeal(ledger: Pick<ChunkLedger, "hasConditionalWrites">): Promise<0 | 1> {
  return (await ledger.hasConditionalWrites()) ? 0 : 1;
}

/** The snapshot and the results of one chunk: those in the ledger, and those that this attempt adds. */
export class ChunkRecord {
  readonly #ledger: ChunkLedger;
  readonly #task: ChunkPlace;
  readonly #chunkId: string;
  readonly #guard: RecordGuard;
  readonly #tickets: readonly ChunkTicket[];
  readonly #rowsOf: ReadonlyMap<string, readonly ChunkRow[]>;
  readonly #snapshot: ChunkSnapshot;
  readonly #results: ChunkResults;
  /** The versions of the stored files that this attempt read or wrote last. */
  readonly #versions: { snapshot: number; results: number };
  readonly #countsAtStart: ChunkCounts;
  /** The outcomes in the stored results. */
  #storedOutcomes: OutcomeCounts;
  /** Settles with the last write of the snapshot. */
  #lastSnapshot: Promise<void> = Promise.resolve();
  /** How often displaced associations were recorded, and how many of these records a stored snapshot contains. */
  readonly #displacements = { recorded: 0, stored: 0 };
  #stamp = { at: Number.NaN, text: "" };

  private constructor(
    ledger: ChunkLedger,
    task: ChunkPlace,
    guard: RecordGuard,
    stored: { tickets: ChunkTicket[]; snapshot: StoredLines<SnapshotEntry>; results: StoredLines<RowResult> },
  ) {
    this.#ledger = ledger;
    this.#task = task;
    this.#chunkId = chunkIdOf(task.lane, task.index);
    this.#guard = guard;
    this.#tickets = stored.tickets;
    this.#rowsOf = new Map(stored.tickets.map(({ ticket, rows }) => [ticket, rows]));
    this.#snapshot = new ChunkSnapshot(stored.snapshot.lines);
    this.#results = new ChunkResults(stored.results.lines);
    this.#versions = { snapshot: stored.snapshot.version, results: stored.results.version };
    this.#countsAtStart = this.counts();
    this.#storedOutcomes = this.#countsAtStart.outcomes;
  }

  static async open(ledger: ChunkLedger, task: ChunkPlace, guard: RecordGuard): Promise<ChunkRecord> {
    const chunkId = chunkIdOf(task.lane, task.index);
    const [tickets, snapshot, results] = await Promise.all([
      ledger.readChunk(task.batchId, chunkId),
      ledger.newestSnapshot(task.batchId, chunkId),
      ledger.newestResults(task.batchId, chunkId),
    ]);
    return new ChunkRecord(ledger, task, guard, { tickets, snapshot, results });
  }

  /** Earlier, the API accepted a request for a ticket of this chunk: an outcome other than `forbidden` proves it. */
  get wasAccepted(): boolean {
    const { forbidden: _, ...others } = this.#results.outcomes;
    return Object.keys(others).length > 0;
  }

  /** An earlier write of this chunk succeeded. */
  get hasWritten(): boolean {
    return Object.keys(this.#results.outcomes).some((name) => isAdding(name as RowOutcome) || name === "removed");
  }

  /** Tickets with rows that have no outcome. */
  openTickets(): TicketWork[] {
    return this.#tickets.filter((ticket) => this.#isUnsettled(ticket)).map((ticket) => this.#workOf(ticket));
  }

  /** The tickets with rows that have no outcome, to which something may have been sent. */
  ambiguousTickets(): TicketWork[] {
    const isAmbiguous = (each: ChunkTicket): boolean => this.#snapshot.isOpen(each.ticket) && this.#isUnsettled(each);
    return this.#tickets.filter(isAmbiguous).map((ticket) => this.#workOf(ticket));
  }

  #isUnsettled({ rows }: ChunkTicket): boolean {
    return rows.some((row) => this.#results.outcomeOf(row) === undefined);
  }

  #workOf({ ticket, group, rows }: ChunkTicket): TicketWork {
    const open = rows.filter((row) => this.#results.outcomeOf(row) === undefined);
    // An undo names what the ticket has when it restores, so that it displaces nothing.
    const isAwaited = (row: ChunkRow): boolean => this.#task.kind === "create" && this.#results.isConfirmed(row);
    const confirmedIds = open.filter(isAwaited).map(({ related }) => related);
    const confirmed = confirmedIds.length > 0 ? { confirmedIds } : {};
    if (open.length === rows.length) return { ticket, group, open, addedIds: [], removedIds: [], ...confirmed };
    const addedIds = rows.filter((row) => isAdding(this.#results.outcomeOf(row))).map(({ related }) => related);
    const removedIds = rows.filter((row) => this.#isRemovedLately(row)).map(({ related }) => related);
    return { ticket, group, open, addedIds, removedIds, ...confirmed };
  }

  #isRemovedLately(row: ChunkRow): boolean {
    const at = this.#results.removedAt(row);
    return at !== undefined && this.#guard.now() - Date.parse(at) < LONGEST_READ_LAG_MS;
  }

  /** The associations of a ticket before the write that may have been sent; undefined if there is no such write. */
  snapshotOf(ticket: string): ReadonlySet<string> | undefined {
    return this.#snapshot.isOpen(ticket) ? new Set(this.#snapshot.get(ticket)?.present) : undefined;
  }

  /** No write to these tickets is ambiguous: their rows wait for another turn. */
  async closeSnapshots(tickets: readonly string[]): Promise<void> {
    const entries = tickets.flatMap((ticket) => this.#snapshot.get(ticket) ?? []).filter(({ closed }) => !closed);
    if (entries.length === 0) return;
    for (const entry of entries) this.#snapshot.set({ ...entry, closed: true });
    await this.storeSnapshot();
  }

  /** Adds a ticket's associations to the snapshot. Nothing may be sent for the ticket before the snapshot is stored. */
  addToSnapshot(ticket: string, current: ReadonlySet<string>): void {
    const lost = this.#snapshot.get(ticket)?.lost;
    const present = [...this.#withoutConfirmed(ticket, current)];
    this.#snapshot.set({ ticket, present, ...(lost && { lost }) });
  }

  /** The associations as they were before the writes that the API confirmed in earlier turns, and that did not show then. */
  #withoutConfirmed(ticket: string, current: ReadonlySet<string>): ReadonlySet<string> {
    const before = new Set(current);
    for (const row of this.#rowsOf.get(ticket) ?? []) {
      if (!this.#results.isConfirmed(row)) continue;
      if (this.#task.kind === "undo" && !row.restore) before.add(row.related);
      else before.delete(row.related);
    }
    return before;
  }

  /** Stores the associations that a replacing write of this batch removed from a ticket, so that an undo can restore them. */
  async storeDisplaced(ticket: string, displacedIds: readonly string[]): Promise<void> {
    const entry = this.#snapshot.get(ticket);
    if (!entry) return;
    this.#snapshot.set({ ...entry, lost: [...new Set([...(entry.lost ?? []), ...displacedIds])] });
    this.#displacements.recorded++;
    await this.storeSnapshot();
  }

  /** Tries once to store what is known, after an error that ends the turn. */
  async salvage(): Promise<void> {
    const snapshot = this.#displacements.recorded > this.#displacements.stored ? this.storeSnapshot() : undefined;
    await Promise.allSettled([snapshot, this.storeResults()]);
  }

  /** Stores the snapshot. One write at a time, else an older snapshot could overwrite a newer one. */
  storeSnapshot(): Promise<void> {
    const stored = this.#lastSnapshot.then(() => this.#writeSnapshot());
    this.#lastSnapshot = stored.catch(() => undefined);
    return stored;
  }

  async #writeSnapshot(): Promise<void> {
    await this.#guard.beforeWrite();
    const { recorded } = this.#displacements;
    const { batchId } = this.#task;
    const file = this.#snapshot.seal();
    this.#versions.snapshot = await this.#ledger.writeSnapshot(batchId, this.#chunkId, file, this.#versions.snapshot);
    this.#displacements.stored = recorded;
  }

  /** Stores new versions of what was read: an attempt that stalled before it stored something can store it no more. */
  async seal(): Promise<void> {
    const skipped = await skippedBySeal(this.#ledger);
    this.#versions.snapshot += skipped;
    this.#versions.results += skipped;
    await this.storeSnapshot();
    await this.storeResults();
  }

  recordRow(row: ChunkRow, attempts: number, facts: CallRecord, outcome?: RowOutcome): void {
    // Nothing was sent: the earlier result of the row stays.
    if (outcome === undefined && attempts === 0 && Object.keys(facts).length === 0) return;
    this.#results.record(row, attempts, facts, outcome && { outcome, at: this.#timestamp() });
  }

  /** Stores the results so far. To be called once at a time. */
  async storeResults(): Promise<void> {
    await this.#guard.beforeWrite();
    const { batchId } = this.#task;
    const file = this.#results.seal();
    const outcomes = { ...this.#results.outcomes };
    this.#versions.results = await this.#ledger.writeResults(batchId, this.#chunkId, file, this.#versions.results);
    this.#guard.onSettled?.(difference(outcomes, this.#storedOutcomes));
    this.#storedOutcomes = outcomes;
  }

  /** Most rows share their millisecond with the row before: the text is made once. */
  #timestamp(): string {
    const now = this.#guard.now();
    if (now !== this.#stamp.at) this.#stamp = { at: now, text: new Date(now).toISOString() };
    return this.#stamp.text;
  }

  counts(): ChunkCounts {
    const settledTickets = this.#tickets.reduce((sum, ticket) => sum + (this.#isUnsettled(ticket) ? 0 : 1), 0);
    return { outcomes: { ...this.#results.outcomes }, settledTickets };
  }

  /** The counts of what was settled since the record was opened. */
  countsSinceStart(): ChunkCounts {
    const { outcomes, settledTickets } = this.counts();
    const before = this.#countsAtStart;
    return {
      outcomes: difference(outcomes, before.outcomes),
      settledTickets: settledTickets - before.settledTickets,
    };
  }
}

function difference(outcomes: OutcomeCounts, before: OutcomeCounts): OutcomeCounts {
  const more: OutcomeCounts = {};
  for (const name of Object.keys(outcomes) as RowOutcome[]) more[name] = (outcomes[name] ?? 0) - (before[name] ?? 0);
  return more;
}
