import {
  hasApiProfiles,
  readApiProfile,
  recordApiFacts,
  type ApiObservations,
  type ApiProfile,
} from "./api-profile.ts";
import { listBatches, requireBatch } from "./batch/batch-files.ts";
import { chunkIds, type BatchRecord } from "./batch/batch-record.ts";
import * as chunks from "./chunk/chunk-files.ts";
import type { ChunkFile, StoredLines } from "./chunk/chunk-files.ts";
import type { ChunkTicket, RowResult, SnapshotEntry } from "./chunk/chunk.ts";
import { forgetBatch, readForgottenAt } from "./batch/forget.ts";
import { readSavedPlan, readStartedBatch, startSavedPlan, type SavedPlanState } from "./batch/saved-plan.ts";
import { createLease, holdsLease, readNewestLease, rewriteLease, type LeaseRecord } from "./chunk/lease-record.ts";
import { LedgerError } from "./ledger-error.ts";
import { completeRequest } from "./plan/complete-request.ts";
import type { PlannedBatch, PlanPreview, PlanRequest } from "./plan/plan-request.ts";
import type { TicketOutcomes } from "./report/outcomes-by-ticket.ts";
import type { RetryOptions } from "./follow-up/retry.ts";
import type { FilesComparison } from "./report/compare-files.ts";
import type { WrittenReport } from "./report/report.ts";
import { createLocalStore } from "./store/local-store.ts";
import { probeStore } from "./store/probe-store.ts";
import { isS3Location } from "./store/s3-location.ts";
import { createS3Store } from "./store/s3-store.ts";
import type { StorageFacts } from "./store/storage-facts.ts";
import { readStorageFacts } from "./store/storage-record.ts";
import type { ReportOptions } from "./report/report-format.ts";
import type { ReportRow } from "./report/report-row.ts";
import { finishBatch, readSummary, type BatchEnd, type BatchSummary } from "./batch/summary.ts";

/** The record of batches in one location. Every write is atomic. The ledger holds no credentials of the API. */
export interface Ledger {
  readonly location: string;
  /**
   * Reads and checks the inputs and groups their rows. The plan becomes part of the ledger with `commit`. Throws
   * `bad-option` for invalid options, `input` for inputs that cannot be planned.
   */
  plan(request: PlanRequest): Promise<PlannedBatch>;
  /** Reads and checks the inputs as `plan` does, but several times as fast: it writes nothing that could be run. */
  preview(request: PlanRequest): Promise<PlanPreview>;
  /** Returns all batches, newest first. */
  batches(): Promise<BatchRecord[]>;
  batch(id: string): Promise<BatchRecord | undefined>;
  /** Returns the state of a saved plan; undefined if the batch was not saved as a plan. */
  savedPlan(batchId: string): Promise<SavedPlanState | undefined>;
  /**
   * Must be called before a batch is started: a saved plan then counts as started, by this account. Returns the batch's
   * record. Throws `no-such-batch` if it was forgotten.
   */
  start(batchId: string, account?: string): Promise<BatchRecord>;
  /** Throws `no-such-batch` or `no-such-chunk`. */
  readChunk(batchId: string, chunkId: string): Promise<ChunkTicket[]>;
  /** Returns an empty list if there is no snapshot. */
  readSnapshot(batchId: string, chunkId: string): Promise<SnapshotEntry[]>;
  /** Returns an empty list if there are no results. */
  readResults(batchId: string, chunkId: string): Promise<RowResult[]>;
  /** Yields the results of the chunks that have some, in order. Faster than one read for each chunk. */
  resultsByChunk(batchId: string): AsyncGenerator<{ chunkId: string; results: RowResult[] }>;
  /** Returns the snapshot with its version, for an attempt that writes the next one. */
  newestSnapshot(batchId: string, chunkId: string): Promise<StoredLines<SnapshotEntry>>;
  /** Returns the results with their version, for an attempt that writes the next ones. */
  newestResults(batchId: string, chunkId: string): Promise<StoredLines<RowResult>>;
  /**
   * Stores the whole snapshot of the chunk as the version after `after`, which is the newest by default. Returns its
   * number. Throws `conflict` if another attempt has stored that version: nothing was replaced.
   */
  writeSnapshot(batchId: string, chunkId: string, entries: ChunkFile<SnapshotEntry>, after?: number): Promise<number>;
  /** Stores all results of the chunk, as {@link Ledger.writeSnapshot} does. */
  writeResults(batchId: string, chunkId: string, results: ChunkFile<RowResult>, after?: number): Promise<number>;
  /** Returns the lease on a lane with the highest epoch; undefined if no attempt ever acquired it. `lane` is unique in the ledger. */
  newestLease(lane: string): Promise<LeaseRecord | undefined>;
  /** Stores a lease with a new epoch. Returns `false` if another attempt created that epoch or a later one. */
  createLease(lane: string, lease: LeaseRecord): Promise<boolean>;
  /** Returns whether no other attempt has acquired the lane since this lease was created. */
  holdsLease(lane: string, lease: Pick<LeaseRecord, "token" | "epoch">): Promise<boolean>;
  /** Changes a lease, for its holder alone. Returns `false` if another attempt has acquired the lane. */
  rewriteLease(lane: string, lease: LeaseRecord): Promise<boolean>;
  /**
   * Returns whether only one of several processes can create a file, whatever the timing. If not, an attempt that acquires
   * a lane must wait until none can replace its lease any more. Always true in a folder; object storage is asked once.
   */
  hasConditionalWrites(): Promise<boolean>;
  /**
   * Returns the facts that were observed about the API at an endpoint; undefined if there are none. `endpoint` is its
   * base URL. Throws `corrupt` if the file is damaged or of a newer version.
   */
  apiProfile(endpoint: string): Promise<ApiProfile | undefined>;
  /** Returns whether facts about any API were recorded, without reading them. */
  hasApiProfiles(): Promise<boolean>;
  /**
   * Adds observations to the API's profile, fact by fact: one replaces an earlier one, but the longest read lag stays.
   * Throws `corrupt` as `apiProfile` does.
   */
  recordApiFacts(endpoint: string, observations: ApiObservations): Promise<ApiProfile>;
  /** Ends a batch. An unsettled row counts as `failed` or `cancelled`. A summary that exists does not change. */
  finish(batchId: string, end: BatchEnd): Promise<BatchSummary>;
  summary(batchId: string): Promise<BatchSummary | undefined>;
  /** Writes all input rows in order, also while the batch runs: unsettled rows then have no outcome. */
  report(batchId: string, options: ReportOptions): Promise<WrittenReport>;
  /**
   * Compares the batch's planned files with their checksums, the results with the digest in the summary, and the reports
   * with these paths with their manifests and with the results.
   */
  compareFiles(batchId: string, reports?: string | readonly string[]): Promise<FilesComparison>;
  /**
   * Commits a batch of the rows of a finished batch that did not succeed but could, by their outcomes after all its
   * retries. Returns undefined if there are none, or if `confirm` returned `false`. If a retry has not ended yet,
   * returns that one. A retry of a retry is a retry of the first batch.
   */
  planRetry(batchId: string, options?: RetryOptions): Promise<BatchRecord | undefined>;
  /**
   * Yields the tickets in the order of their ids, with the outcome of each row, also while the batch runs. A row that a
   * retry or undo took has the outcome from there.
   */
  outcomesByTicket(batchId: string): AsyncGenerator<TicketOutcomes>;
  /**
   * Removes from the ledger a batch that has ended, or a saved plan that was not started. Returns `false` if there is
   * none. The id cannot be used again: workers and Temporal may remember the batch. Throws `not-finished` if the batch
   * has not ended.
   */
  forget(batchId: string): Promise<boolean>;
  /** Returns when the batch with this id was forgotten; undefined if it was not. */
  forgottenAt(batchId: string): Promise<string | undefined>;
  /**
   * Writes a small file, reads it, lists it and removes it. Returns what object storage was found to do, and records it in
   * the ledger; undefined for a folder. Throws the first error, `storage` if a file does not come back as it was written.
   */
  probe(): Promise<StorageFacts | undefined>;
  /**
   * Probes object storage that was not probed before. Returns what was found then; undefined if it was probed before, and
   * for a folder. To call before the first batch: throws as {@link Ledger.probe} does.
   */
  probeOnce(): Promise<StorageFacts | undefined>;
  /** Yields the rows of {@link Ledger.report}. */
  rows(batchId: string, options?: Pick<ReportOptions, "outcomes">): AsyncGenerator<ReportRow>;
  /** Throws if the ledger cannot be reached, so that a program can report this before it depends on the ledger. */
  check(): Promise<void>;
  /**
   * Commits a batch that removes what a finished batch created, for the workers of `account`. For an `undoId` that exists,
   * returns that batch.
   */
  planUndo(batchId: string, undoId: string, account?: string): Promise<BatchRecord>;
}

/**
 * Opens the ledger in a folder, which is created with the first plan, or in `s3://bucket/prefix`, with endpoint, region
 * and keys from the AWS variables. It does not connect. The database, the parsers and the client of the object storage
 * are loaded with the first `plan`, `report` or request.
 *
 * Throws `unsupported-location` for anything else.
 */
export function openLedger(location: string): Ledger {
  const isS3 = isS3Location(location);
  if (location === "" || (!isS3 && /^[a-z][a-z0-9+.-]+:\/\//i.test(location))) {
    throw new LedgerError(
      "unsupported-location",
      `A ledger at "${location}" is not supported; give the path of a folder, or s3://bucket/prefix.`,
    );
  }
  const store = isS3 ? createS3Store(location) : createLocalStore(location);
  return {
    location: store.location,
    async plan(request) {
      const { planBatch } = await import("./plan/plan.ts");
      return planBatch(store, completeRequest(request));
    },
    async preview(request) {
      const { previewBatch } = await import("./plan/plan.ts");
      return previewBatch(store, completeRequest(request));
    },
    batches: () => listBatches(store),
    batch: async (id) => readStartedBatch(store, id),
    savedPlan: async (batchId) => readSavedPlan(store, batchId),
    start: async (batchId, account) => startSavedPlan(store, batchId, new Date(), account),
    readChunk: async (batchId, chunkId) => chunks.readChunk(store, batchId, chunkId),
    readSnapshot: async (batchId, chunkId) => (await chunks.readNewestSnapshot(store, batchId, chunkId)).lines,
    readResults: async (batchId, chunkId) => (await chunks.readNewestResults(store, batchId, chunkId)).lines,
    async *resultsByChunk(batchId) {
      const record = await requireBatch(store, batchId);
      const read = chunks.readResultsOfChunks(store, batchId, chunkIds(record));
      for await (const { chunkId, lines } of read) yield { chunkId, results: lines };
    },
    newestSnapshot: async (batchId, chunkId) => chunks.readNewestSnapshot(store, batchId, chunkId),
    newestResults: async (batchId, chunkId) => chunks.readNewestResults(store, batchId, chunkId),
    writeSnapshot: async (batchId, chunkId, entries, after) =>
      chunks.writeSnapshot(store, batchId, chunkId, entries, after),
    writeResults: async (batchId, chunkId, results, after) =>
      chunks.writeResults(store, batchId, chunkId, results, after),
    newestLease: async (lane) => readNewestLease(store, lane),
    createLease: async (lane, lease) => createLease(store, lane, lease),
    holdsLease: async (lane, lease) => holdsLease(store, lane, lease),
    rewriteLease: async (lane, lease) => rewriteLease(store, lane, lease),
    hasConditionalWrites: async () => store.hasConditionalWrites(),
    apiProfile: async (endpoint) => readApiProfile(store, endpoint),
    hasApiProfiles: () => hasApiProfiles(store),
    recordApiFacts: async (endpoint, observations) => recordApiFacts(store, endpoint, observations, new Date()),
    finish: async (batchId, end) => finishBatch(store, batchId, end),
    summary: async (batchId) => readSummary(store, batchId),
    async report(batchId, options) {
      const { writeReport } = await import("./report/report.ts");
      return writeReport(store, batchId, options);
    },
    async planRetry(batchId, retryOptions = {}) {
      const { planRetryBatch } = await import("./follow-up/retry.ts");
      return planRetryBatch(store, batchId, retryOptions, new Date());
    },
    async *outcomesByTicket(batchId) {
      const { readOutcomesByTicket } = await import("./report/outcomes-by-ticket.ts");
      yield* readOutcomesByTicket(store, batchId);
    },
    forget: async (batchId) => forgetBatch(store, batchId, new Date()),
    forgottenAt: async (batchId) => readForgottenAt(store, batchId),
    probe: () => probeStore(store),
    async probeOnce() {
      const place = await store.place();
      if (place === undefined || (await readStorageFacts(store))?.storage === place) return undefined;
      return probeStore(store);
    },
    async compareFiles(batchId, reports) {
      const { compareFiles } = await import("./report/compare-files.ts");
      return compareFiles(store, batchId, reports);
    },
    async *rows(batchId, rowOptions = {}) {
      const { reportPieces } = await import("./report/report-pieces.ts");
      for await (const rows of reportPieces(store, batchId, rowOptions.outcomes)) yield* rows;
    },
    async check() {
      await store.readText("batches/check");
    },
    async planUndo(batchId, undoId, account) {
      const { planUndoBatch } = await import("./follow-up/undo.ts");
      return planUndoBatch(store, batchId, { undoId, account, now: new Date() });
    },
  };
}
