import {
  LedgerError,
  type ChunkTicket,
  type LeaseRecord,
  type RowResult,
  type SnapshotEntry,
  type StoredLines,
} from "@caselink/ledger";
import type { ChunkLedger } from "../../src/chunk/chunk-record.ts";
import type { LeaseLedger } from "../../src/chunk/lane-lease.ts";
import type { Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const WRITE_MS = 6;
const READ_MS = 1;
const NOTHING = { version: 0, lines: [] };

/** A ledger in memory. Its reads and writes take time, so a process can die during them, and they fail as scheduled. */
export class ModelLedger implements ChunkLedger, LeaseLedger {
  readonly chunks = new Map<string, ChunkTicket[]>();
  readonly #results = new Map<string, StoredLines<RowResult>>();
  readonly #snapshots = new Map<string, StoredLines<SnapshotEntry>>();
  readonly #leases = new Map<string, LeaseRecord>();
  readonly #clock: VirtualClock;
  /** By number of the access: true if it is executed before it fails. */
  readonly #faults: ReadonlyMap<number, boolean>;
  #accesses = 0;

  constructor(clock: VirtualClock, { faults }: Pick<Schedule, "faults">) {
    this.#clock = clock;
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
  summary = () => this.#read(undefined);
  hasConditionalWrites = () => Promise.resolve(true);

  writeSnapshot = (batchId: string, chunkId: string, entries: readonly SnapshotEntry[], after = 0) =>
    this.#writeNext(this.#snapshots, `${batchId}/${chunkId}`, [...entries], after);
  writeResults = (batchId: string, chunkId: string, results: readonly RowResult[], after = 0) =>
    this.#writeNext(this.#results, `${batchId}/${chunkId}`, [...results], after);

  resultsOf(batchId: string, chunkId: string): RowResult[] {
    return this.#results.get(`${batchId}/${chunkId}`)?.lines ?? [];
  }

  createLease = async (lane: string, lease: LeaseRecord) => {
    let isNew = false;
    await this.#write(() => {
      isNew = (this.#leases.get(lane)?.epoch ?? 0) < lease.epoch;
      if (isNew) this.#leases.set(lane, structuredClone(lease));
    });
    return isNew;
  };
  rewriteLease = async (lane: string, lease: LeaseRecord) => {
    let isNewest = false;
    await this.#write(() => {
      isNewest = this.#leases.get(lane)?.epoch === lease.epoch;
      if (isNewest) this.#leases.set(lane, structuredClone(lease));
    });
    return isNewest;
  };

  async #read<Value>(value: Value): Promise<Value> {
    const copy = structuredClone(value);
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
    const copy = structuredClone(lines);
    await this.#write(() => {
      const newest = files.get(name)?.version ?? 0;
      if (version === newest) throw new LedgerError("conflict", "another attempt stored this version first");
      if (version > newest) files.set(name, { version, lines: copy });
    });
    return version;
  }

  /** In the middle the new text replaces the old one; the writer may die before or after that. */
  async #write(replace: () => void): Promise<void> {
    const access = this.#accesses++;
    await this.#clock.sleep(WRITE_MS / 2);
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
