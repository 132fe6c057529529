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
import { linesOf } from "./lines-of.ts";

const NOTHING = { version: 0, lines: [] };

/** A ledger in memory, by `batch/chunk`. Versions are those of the files; a version that exists is not replaced. */
export class MemoryLedger implements ChunkLedger, LeaseLedger {
  readonly chunks = new Map<string, ChunkTicket[]>();
  readonly snapshots = new Map<string, StoredLines<SnapshotEntry>>();
  readonly results = new Map<string, StoredLines<RowResult>>();
  readonly leases = new Map<string, LeaseRecord>();
  /** Batches that have ended. */
  readonly ended = new Set<string>();
  /** For example `snapshot 1`, `results 2`: what was stored, with its version. */
  readonly stored: string[] = [];
  /** Called before something is stored; may throw. */
  beforeStore: (what: string) => void | Promise<void> = () => undefined;

  async readChunk(batchId: string, chunkId: string): Promise<ChunkTicket[]> {
    const chunk = this.chunks.get(`${batchId}/${chunkId}`);
    if (!chunk) throw new LedgerError("no-such-chunk", `there is no chunk ${chunkId}`);
    return structuredClone(chunk);
  }
  async newestSnapshot(batchId: string, chunkId: string): Promise<StoredLines<SnapshotEntry>> {
    return structuredClone(this.snapshots.get(`${batchId}/${chunkId}`) ?? NOTHING);
  }
  async newestResults(batchId: string, chunkId: string): Promise<StoredLines<RowResult>> {
    return structuredClone(this.results.get(`${batchId}/${chunkId}`) ?? NOTHING);
  }
  async writeSnapshot(batch: string, chunk: string, file: ChunkFile<SnapshotEntry>, after = 0): Promise<number> {
    return this.#store("snapshot", this.snapshots, `${batch}/${chunk}`, linesOf(file), after + 1);
  }
  async writeResults(batch: string, chunk: string, file: ChunkFile<RowResult>, after = 0): Promise<number> {
    return this.#store("results", this.results, `${batch}/${chunk}`, linesOf(file), after + 1);
  }
  async summary(batchId: string): Promise<BatchSummary | undefined> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whether there is one is all that counts
    return this.ended.has(batchId) ? ({} as BatchSummary) : undefined;
  }
  async newestLease(lane: string): Promise<LeaseRecord | undefined> {
    return structuredClone(this.leases.get(lane));
  }
  async holdsLease(lane: string, { token, epoch }: Pick<LeaseRecord, "token" | "epoch">): Promise<boolean> {
    const lease = this.leases.get(lane);
    return lease?.token === token && lease.epoch === epoch;
  }
  async createLease(lane: string, lease: LeaseRecord): Promise<boolean> {
    if ((this.leases.get(lane)?.epoch ?? 0) >= lease.epoch) return false;
    this.leases.set(lane, structuredClone(lease));
    return true;
  }
  async rewriteLease(lane: string, lease: LeaseRecord): Promise<boolean> {
    if (this.leases.get(lane)?.epoch !== lease.epoch) return false;
    this.leases.set(lane, structuredClone(lease));
    return true;
  }
  async hasConditionalWrites(): Promise<boolean> {
    return true;
  }

  async #store<Line>(
    what: string,
    files: Map<string, StoredLines<Line>>,
    name: string,
    lines: Line[],
    version: number,
  ): Promise<number> {
    await this.beforeStore(what);
    if (version <= (files.get(name)?.version ?? 0)) throw new LedgerError("conflict", "this version exists");
    files.set(name, { version, lines });
    this.stored.push(`${what} ${version}`);
    return version;
  }
}
