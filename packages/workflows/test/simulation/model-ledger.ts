import { LedgerError, type ChunkTicket, type LeaseRecord, type RowResult, type SnapshotEntry } from "@caselink/ledger";
import type { ChunkLedger } from "../../src/chunk/chunk-record.ts";
import type { LeaseLedger } from "../../src/chunk/lane-lease.ts";
import type { Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const WRITE_MS = 6;
const READ_MS = 1;

/** A ledger in memory. Its reads and writes take time, so a process can die during them, and they fail as scheduled. */
export class ModelLedger implements ChunkLedger, LeaseLedger {
  readonly chunks = new Map<string, ChunkTicket[]>();
  readonly results = new Map<string, RowResult[]>();
  readonly #snapshots = new Map<string, SnapshotEntry[]>();
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
  readSnapshot = (batchId: string, chunkId: string) => this.#read(this.#snapshots.get(`${batchId}/${chunkId}`) ?? []);
  readResults = (batchId: string, chunkId: string) => this.#read(this.results.get(`${batchId}/${chunkId}`) ?? []);
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

  writeSnapshot = (batchId: string, chunkId: string, entries: SnapshotEntry[]) =>
    this.#write(() => this.#snapshots.set(`${batchId}/${chunkId}`, structuredClone(entries)));
  writeResults = (batchId: string, chunkId: string, results: RowResult[]) =>
    this.#write(() => this.results.set(`${batchId}/${chunkId}`, structuredClone(results)));
  createLease = async (lane: string, lease: LeaseRecord) => {
    let isNew = false;
    await this.#write(() => {
      isNew = (this.#leases.get(lane)?.epoch ?? 0) < lease.epoch;
      if (isNew) this.#leases.set(lane, structuredClone(lease));
    });
    return isNew;
  };
  rewriteLease = (lane: string, lease: LeaseRecord) =>
    this.#write(() => {
      // The file of an earlier epoch is no one's.
      if (this.#leases.get(lane)?.epoch === lease.epoch) this.#leases.set(lane, structuredClone(lease));
    });

  async #read<Value>(value: Value): Promise<Value> {
    const copy = structuredClone(value);
    await this.#clock.sleep(READ_MS);
    return copy;
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
