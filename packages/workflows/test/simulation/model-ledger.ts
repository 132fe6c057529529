import {
  LedgerError,
  type BatchSummary,
  type ChunkFile,
  type ChunkTicket,
  type LeaseRecord,
  type RowResult,
  type SnapshotEntry,
  type StoredLines,
} from "@caselink/ledger";
import type { ChunkLedger } from "../../src/chunk/chunk-record.ts";
import type { LeaseLedger } from "../../src/chunk/lane-lease.ts";
import { linesOf } from "../support/lines-of.ts";
import { copyOf } from "./copy.ts";
import type { Mutant } from "./mutants.ts";
import type { PlannedRow } from "./plan.ts";
import type { Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const WRITE_MS = 6;
const READ_MS = 1;
const NOTHING = { version: 0, lines: [] };
/** What the engine asks of a summary is whether there is one. */
const SUMMARY = {} as BatchSummary;

export interface BatchEnd {
  state: "completed" | "cancelled";
  results: RowResult[];
}

/** A ledger in memory. Its reads and writes take time, so a process can die during them, and they fail as scheduled. */
export class ModelLedger implements ChunkLedger, LeaseLedger {
  /** When a batch first stored a snapshot of a ticket, by `batch ticket`. */
  readonly firstSnapshots = new Map<string, number>();
  /** The rows of each batch. */
  readonly planned = new Map<string, readonly PlannedRow[]>();
  readonly chunks = new Map<string, ChunkTicket[]>();
  readonly #results = new Map<string, StoredLines<RowResult>>();
  readonly #snapshots = new Map<string, StoredLines<SnapshotEntry>>();
  readonly #leases = new Map<string, LeaseRecord>();
  readonly #clock: VirtualClock;
  /** By number of the access: true if it is executed before it fails. */
  readonly #faults: ReadonlyMap<number, boolean>;
  /** By number of the access: how much longer a write takes, in milliseconds. */
  readonly #slow: ReadonlyMap<number, number>;
  readonly #ends = new Map<string, BatchEnd>();
  readonly #mutant: Mutant | undefined;
  #accesses = 0;

  constructor(clock: VirtualClock, { faults }: Pick<Schedule, "faults">, mutant?: Mutant) {
    this.#clock = clock;
    this.#mutant = mutant;
    this.#slow = new Map(faults.flatMap((fault) => (fault.kind === "slowWrite" ? [[fault.n, fault.ms]] : [])));
    this.#faults = new Map(faults.flatMap((fault) => (fault.kind === "ledger" ? [[fault.n, fault.isDone]] : [])));
  }

  readChunk = (batchId: string, chunkId: string) => this.#read(this.chunks.get(`${batchId}/${chunkId}`) ?? []);
  newestSnapshot = (batchId: string, chunkId: string) =>
    this.#read(this.#snapshots.get(`${batchId}/${chunkId}`) ?? NOTHING);
  newestResults = (batchId: string, chunkId: string) =>
    this.#read(this.#results.get(`${batchId}/${chunkId}`) ?? NOTHING);
  newestLease = async (lane: string) => {
    this.#failAsScheduled(this.#accesses++, false);
    return this.#read(this.#leases.get(lane));
  };
  holdsLease = async (lane: string, { token, epoch }: Pick<LeaseRecord, "token" | "epoch">) => {
    const lease = await this.newestLease(lane);
    return lease?.token === token && lease.epoch === epoch;
  };
  summary = (batchId: string) => this.#read(this.#ends.has(batchId) ? SUMMARY : undefined);
  hasConditionalWrites = () => Promise.resolve(true);

  writeSnapshot = (batchId: string, chunkId: string, file: ChunkFile<SnapshotEntry>, after = 0) => {
    const entries = linesOf(file);
    for (const { ticket } of entries) {
      const key = `${batchId} ${ticket}`;
      this.firstSnapshots.set(key, this.firstSnapshots.get(key) ?? this.#clock.now());
    }
    return this.#writeSnapshot(batchId, chunkId, entries, after);
  };
  #writeSnapshot = (batchId: string, chunkId: string, entries: SnapshotEntry[], after: number) =>
    this.#writeNext(this.#snapshots, `${batchId}/${chunkId}`, entries, after);
  writeResults = (batchId: string, chunkId: string, file: ChunkFile<RowResult>, after = 0) =>
    this.#writeNext(this.#results, `${batchId}/${chunkId}`, linesOf(file), after);

  resultsOf(batchId: string): RowResult[] {
    return [...this.#results].flatMap(([name, { lines }]) => (name.startsWith(`${batchId}/`) ? lines : []));
  }

  /** The associations that a batch's snapshots say its writes displaced: `ticket related`. */
  displacedBy(batchId: string): Set<string> {
    const own = [...this.#snapshots].flatMap(([name, { lines }]) => (name.startsWith(`${batchId}/`) ? lines : []));
    return new Set(own.flatMap(({ ticket, lost = [] }) => lost.map((related) => `${ticket} ${related}`)));
  }

  ticketsOf(batchId: string): number {
    return [...this.chunks].reduce((sum, [name, { length }]) => sum + (name.startsWith(`${batchId}/`) ? length : 0), 0);
  }

  isFinished = (batchId: string): boolean => this.#ends.has(batchId);

  /** How the batch ended, with its results at that time; undefined: it has not ended. */
  endOf = (batchId: string): BatchEnd | undefined => this.#ends.get(batchId);

  /** Writes the summary. It never fails, and only the first one counts. */
  async finish(batchId: string, state: BatchEnd["state"]): Promise<void> {
    await this.#clock.sleep(WRITE_MS);
    const results = copyOf(this.resultsOf(batchId));
    if (!this.#ends.has(batchId)) this.#ends.set(batchId, { state, results });
  }

  /** For a mutant. */
  forgetSnapshots(): void {
    this.#snapshots.clear();
  }

  createLease = async (lane: string, lease: LeaseRecord) => {
    let isNew = false;
    await this.#write(() => {
      isNew = (this.#leases.get(lane)?.epoch ?? 0) < lease.epoch;
      if (isNew) this.#leases.set(lane, copyOf(lease));
    });
    return isNew;
  };
  rewriteLease = async (lane: string, lease: LeaseRecord) => {
    let isNewest = false;
    await this.#write(() => {
      isNewest = this.#leases.get(lane)?.epoch === lease.epoch;
      if (isNewest) this.#leases.set(lane, copyOf(lease));
    });
    return isNewest;
  };

  async #read<Value>(value: Value): Promise<Value> {
    const copy = copyOf(value);
    await this.#clock.sleep(READ_MS);
    return copy;
  }

  /** A version that exists is not replaced, and one below the newest is read by no one. */
  async #writeNext<Line>(
    files: Map<string, StoredLines<Line>>,
    name: string,
    lines: Line[],
    after: number,
  ): Promise<number> {
    const version = after + 1;
    await this.#write(() => {
      const newest = files.get(name)?.version ?? 0;
      if (this.#mutant === "replaces newer results with those of a stalled process" && newest > 0)
        files.set(name, { version: Math.max(newest, version), lines });
      else if (version === newest) throw new LedgerError("conflict", "another attempt stored this version first");
      else if (version > newest) files.set(name, { version, lines });
    });
    return version;
  }

  /** In the middle the new text replaces the old one; the writer may die before or after that. */
  async #write(replace: () => void): Promise<void> {
    const access = this.#accesses++;
    await this.#clock.sleep(WRITE_MS / 2 + (this.#slow.get(access) ?? 0));
    this.#failAsScheduled(access, false);
    replace();
    await this.#clock.sleep(WRITE_MS / 2);
    this.#failAsScheduled(access, true);
  }

  #failAsScheduled(access: number, isDone: boolean): void {
    if (this.#faults.get(access) === isDone)
      throw new LedgerError("unavailable", "the storage is unavailable for a moment");
  }
}
