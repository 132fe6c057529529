import { chunkIdOf, type ChunkTicket, type Ledger, type RowResult, type SnapshotEntry } from "@caselink/ledger";
import type { ChunkCounts, ChunkTask, OutcomeCounts, RowOutcome } from "../workflow/contracts.ts";
import type { ChunkRow } from "./operation.ts";
import { isAdding, type TicketWork } from "./settle-ticket.ts";
import type { CallRecord } from "./verdict.ts";

/** The part of the ledger that a chunk reads and writes. */
export type ChunkLedger = Pick<Ledger, "readChunk" | "readSnapshot" | "writeSnapshot" | "readResults" | "writeResults">;

interface RecordGuard {
  now: () => number;
  /** Throws where this attempt may not write any more. */
  beforeWrite: () => Promise<void>;
}

/** What stands in the ledger of one chunk, and what this attempt adds to it. */
export class ChunkRecord {
  readonly #ledger: ChunkLedger;
  readonly #task: ChunkTask;
  readonly #chunkId: string;
  readonly #guard: RecordGuard;
  readonly #tickets: readonly ChunkTicket[];
  readonly #snapshot: Map<string, SnapshotEntry>;
  readonly #results: Map<number, RowResult>;
  readonly #countsAtStart: ChunkCounts;
  /** Settles with the last write of the snapshot. */
  #lastSnapshot: Promise<void> = Promise.resolve();
  /** How often something was found lost, and how much of that a stored snapshot says. */
  readonly #losses = { noted: 0, stored: 0 };
  #stamp = { at: Number.NaN, text: "" };

  private constructor(
    ledger: ChunkLedger,
    task: ChunkTask,
    guard: RecordGuard,
    stored: { tickets: ChunkTicket[]; snapshot: SnapshotEntry[]; results: RowResult[] },
  ) {
    this.#ledger = ledger;
    this.#task = task;
    this.#chunkId = chunkIdOf(task.lane, task.index);
    this.#guard = guard;
    this.#tickets = stored.tickets;
    this.#snapshot = new Map(stored.snapshot.map((entry) => [entry.ticket, entry]));
    this.#results = new Map(stored.results.map((result) => [result.row, result]));
    this.#countsAtStart = this.counts();
  }

  static async open(ledger: ChunkLedger, task: ChunkTask, guard: RecordGuard): Promise<ChunkRecord> {
    const chunkId = chunkIdOf(task.lane, task.index);
    const [tickets, snapshot, results] = await Promise.all([
      ledger.readChunk(task.batchId, chunkId),
      ledger.readSnapshot(task.batchId, chunkId),
      ledger.readResults(task.batchId, chunkId),
    ]);
    return new ChunkRecord(ledger, task, guard, { tickets, snapshot, results });
  }

  /** The API has answered for a ticket of this chunk before, otherwise than that it is not allowed. */
  get wasAccepted(): boolean {
    return [...this.#results.values()].some(({ outcome }) => outcome !== undefined && outcome !== "forbidden");
  }

  /** A write of this chunk went well before. */
  get hasWritten(): boolean {
    return [...this.#results.values()].some(({ outcome }) => isAdding(outcome) || outcome === "removed");
  }

  /** Tickets with rows that have no outcome. */
  openTickets(): TicketWork[] {
    const works: TicketWork[] = [];
    for (const { ticket, group, rows } of this.#tickets) {
      const outcomeOf = ({ row }: ChunkRow) => this.#results.get(row)?.outcome;
      const open = rows.filter((row) => outcomeOf(row) === undefined);
      if (open.length === 0) continue;
      const made = rows.filter((row) => isAdding(outcomeOf(row))).map(({ related }) => related);
      works.push({ ticket, group, open, addedIds: made });
    }
    return works;
  }

  /** What a ticket held when this turn began; undefined where this turn has not looked at it. */
  snapshotOf(ticket: string): ReadonlySet<string> | undefined {
    const entry = this.#snapshot.get(ticket);
    return entry?.turn === this.#task.turn ? new Set(entry.present) : undefined;
  }

  /** Takes into the snapshot what a ticket holds. Nothing may be sent for it before the snapshot is stored. */
  addToSnapshot(ticket: string, present: ReadonlySet<string>): void {
    const lost = this.#snapshot.get(ticket)?.lost;
    this.#snapshot.set(ticket, { ticket, turn: this.#task.turn, present: [...present], ...(lost && { lost }) });
  }

  /** Stores what a write of this batch made go away from a ticket of which there is a snapshot. */
  async storeDisplaced(ticket: string, lost: readonly string[]): Promise<void> {
    const entry = this.#snapshot.get(ticket);
    if (!entry) return;
    this.#snapshot.set(ticket, { ...entry, lost: [...new Set([...(entry.lost ?? []), ...lost])] });
    this.#losses.noted++;
    await this.storeSnapshot();
  }

  /** Tries once to store what was found out, where something failed that does not let the turn go on. */
  async salvage(): Promise<void> {
    const loss = this.#losses.noted > this.#losses.stored ? this.storeSnapshot() : undefined;
    await Promise.allSettled([loss, this.storeResults()]);
  }

  /** Stores what was seen so far. One write after the other, else an older snapshot could come after a newer one. */
  storeSnapshot(): Promise<void> {
    const stored = this.#lastSnapshot.then(() => this.#writeSnapshot());
    this.#lastSnapshot = stored.catch(() => undefined);
    return stored;
  }

  async #writeSnapshot(): Promise<void> {
    await this.#guard.beforeWrite();
    const { noted } = this.#losses;
    await this.#ledger.writeSnapshot(this.#task.batchId, this.#chunkId, [...this.#snapshot.values()]);
    this.#losses.stored = noted;
  }

  recordRow(row: ChunkRow, attempts: number, facts: CallRecord, outcome?: RowOutcome): void {
    // Nothing was sent: what is known of the row stays.
    if (outcome === undefined && attempts === 0 && Object.keys(facts).length === 0) return;
    const before = this.#results.get(row.row);
    const result: RowResult = { row: row.row, ...facts, attempts: (before?.attempts ?? 0) + attempts };
    if (outcome) {
      result.outcome = outcome;
      result.settled_at = this.#timestamp();
    }
    this.#results.set(row.row, result);
  }

  /** Stores what was noted so far. One call at a time. */
  async storeResults(): Promise<void> {
    await this.#guard.beforeWrite();
    await this.#ledger.writeResults(this.#task.batchId, this.#chunkId, [...this.#results.values()]);
  }

  /** Most rows share their millisecond with the ones before. */
  #timestamp(): string {
    const now = this.#guard.now();
    if (now !== this.#stamp.at) this.#stamp = { at: now, text: new Date(now).toISOString() };
    return this.#stamp.text;
  }

  counts(): ChunkCounts {
    const outcomes: OutcomeCounts = {};
    for (const { outcome } of this.#results.values()) if (outcome) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return { outcomes, settledTickets: this.#tickets.length - this.openTickets().length };
  }

  /** What was settled since the record was opened. */
  countsSinceStart(): ChunkCounts {
    const { outcomes, settledTickets } = this.counts();
    const before = this.#countsAtStart;
    for (const name of Object.keys(outcomes) as RowOutcome[]) {
      outcomes[name] = (outcomes[name] ?? 0) - (before.outcomes[name] ?? 0);
    }
    return { outcomes, settledTickets: settledTickets - before.settledTickets };
  }
}
