import { listBatches, readBatch } from "./batch/batch-files.ts";
import type { BatchRecord } from "./batch/batch-record.ts";
import * as chunks from "./chunk/chunk-files.ts";
import type { ChunkTicket, RowResult, SnapshotEntry } from "./chunk/chunk.ts";
import { forgetBatch, readForgottenAt } from "./batch/forget.ts";
import { readSavedPlan, startSavedPlan, type KeptPlanState } from "./batch/saved-plan.ts";
import { readLease, writeLease, type LaneLease } from "./chunk/lease-record.ts";
import { LedgerError } from "./ledger-error.ts";
import { completeRequest } from "./plan/complete-request.ts";
import type { PlannedBatch, PlanPreview, PlanRequest } from "./plan/plan-request.ts";
import type { TicketOutcomes } from "./report/outcomes-by-ticket.ts";
import type { RetryOptions } from "./follow-up/retry.ts";
import type { ManifestCheck } from "./report/report-manifest.ts";
import type { WrittenReport } from "./report/report.ts";
import { createLocalStore } from "./store/local-store.ts";
import { probeStore } from "./store/probe-store.ts";
import { isS3Location } from "./store/s3-location.ts";
import { createS3Store } from "./store/s3-store.ts";
import type { ReportOptions } from "./report/report-format.ts";
import type { ReportRow } from "./report/report-row.ts";
import { finishBatch, readSummary, type BatchEnd, type BatchSummary } from "./batch/summary.ts";

/** The record of batches in one place. Every write is atomic; nothing here opens a connection or knows a credential. */
export interface Ledger {
  readonly location: string;
  /**
   * Reads and checks the inputs and groups their rows. Nothing is part of the ledger before `commit`. Throws `bad-option`
   * for options without a meaning.
   */
  plan(request: PlanRequest): Promise<PlannedBatch>;
  /** What `plan` would come to, several times as fast: reads and checks the inputs, and keeps nothing that could be run. */
  preview(request: PlanRequest): Promise<PlanPreview>;
  /** Newest first. */
  batches(): Promise<BatchRecord[]>;
  batch(id: string): Promise<BatchRecord | undefined>;
  /** Undefined for a batch that was not kept as a plan to be started later. */
  keptPlan(batchId: string): Promise<KeptPlanState | undefined>;
  /** To be called before a batch is started: a kept plan counts as started from then on. Throws `no-such-batch` where it was forgotten. */
  start(batchId: string): Promise<void>;
  /** Throws `no-such-batch` or `no-such-chunk`. */
  readChunk(batchId: string, chunkId: string): Promise<ChunkTicket[]>;
  /** Empty where none was written. */
  readSnapshot(batchId: string, chunkId: string): Promise<SnapshotEntry[]>;
  /** Replaces the chunk's whole snapshot. */
  writeSnapshot(batchId: string, chunkId: string, entries: SnapshotEntry[]): Promise<void>;
  /** Empty where none were written. */
  readResults(batchId: string, chunkId: string): Promise<RowResult[]>;
  /** Replaces all results of the chunk. */
  writeResults(batchId: string, chunkId: string, results: RowResult[]): Promise<void>;
  /** Who works a lane; undefined where nobody ever did. `lane` names it among all lanes of the ledger. */
  readLease(lane: string): Promise<LaneLease | undefined>;
  writeLease(lane: string, lease: LaneLease): Promise<void>;
  /** Ends a batch. The first summary written stays; a row without an outcome counts as `failed` or `cancelled`. */
  finish(batchId: string, end: BatchEnd): Promise<BatchSummary>;
  summary(batchId: string): Promise<BatchSummary | undefined>;
  /** Every input row in input order, also while the batch runs: then without an outcome where it has none yet. */
  report(batchId: string, options: ReportOptions): Promise<WrittenReport>;
  /**
   * Compares the batch's files, and the reports that are named by their paths, with the checksums that were taken when the
   * first report after the batch's end was written, and when each of these was. Undefined where none were taken.
   */
  checkManifest(batchId: string, reports?: string | readonly string[]): Promise<ManifestCheck | undefined>;
  /**
   * Commits a batch of the rows of a finished batch that did not succeed and could, by what they are after all its
   * retries; undefined where there are none, or `confirm` said no. Where a retry has not ended yet, returns that one. A retry of a retry is
   * one of the first batch.
   */
  planRetry(batchId: string, options?: RetryOptions): Promise<BatchRecord | undefined>;
  /**
   * What became of every row, ticket by ticket in the order of their ids, also while the batch runs. A row that a later
   * retry or undo took up has the outcome that it has there.
   */
  outcomesByTicket(batchId: string): AsyncGenerator<TicketOutcomes>;
  /**
   * Removes a batch that has ended, or a kept plan that was not started, from the ledger; `false` where there is none. Its
   * id stays taken: workers and Temporal may remember the batch. Throws `not-finished` for one that has not ended.
   */
  forget(batchId: string): Promise<boolean>;
  /** When a batch of that id was forgotten; undefined where none was. */
  forgottenAt(batchId: string): Promise<string | undefined>;
  /** Writes a small file, reads it and removes it. Throws `storage` where one of these does not work. */
  probe(): Promise<void>;
  /** Rows with their outcome, as {@link Ledger.report} has them, as they come. */
  rows(batchId: string, options?: Pick<ReportOptions, "outcomes">): AsyncGenerator<ReportRow>;
  /** Throws where the ledger cannot be reached: for a word before anything depends on it. */
  check(): Promise<void>;
  /** Commits a batch that removes what a finished batch created. The same `undoId` returns the batch that is there. */
  planUndo(batchId: string, undoId: string): Promise<BatchRecord>;
}

/**
 * Opens the ledger in a folder, which appears with the first plan, or in `s3://bucket/prefix`, which the AWS variables
 * give endpoint, region and keys for. Connects to nothing, and loads neither the database nor the parsers nor the client of
 * the object storage: they come with the first `plan`, `report` or request.
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
    batch: async (id) => readBatch(store, id),
    keptPlan: async (batchId) => readSavedPlan(store, batchId),
    start: async (batchId) => startSavedPlan(store, batchId, new Date()),
    readChunk: async (batchId, chunkId) => chunks.readChunk(store, batchId, chunkId),
    readSnapshot: async (batchId, chunkId) => chunks.readSnapshot(store, batchId, chunkId),
    writeSnapshot: async (batchId, chunkId, entries) => chunks.writeSnapshot(store, batchId, chunkId, entries),
    readResults: async (batchId, chunkId) => chunks.readResults(store, batchId, chunkId),
    writeResults: async (batchId, chunkId, results) => chunks.writeResults(store, batchId, chunkId, results),
    readLease: async (lane) => readLease(store, lane),
    writeLease: async (lane, lease) => writeLease(store, lane, lease),
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
    async checkManifest(batchId, reports) {
      const { checkManifest } = await import("./report/report-manifest.ts");
      return checkManifest(store, batchId, reports);
    },
    async *rows(batchId, rowOptions = {}) {
      const { reportPieces } = await import("./report/report-pieces.ts");
      for await (const rows of reportPieces(store, batchId, rowOptions.outcomes)) yield* rows;
    },
    async check() {
      await store.readText("batches/check");
    },
    async planUndo(batchId, undoId) {
      const { planUndoBatch } = await import("./follow-up/undo.ts");
      return planUndoBatch(store, batchId, undoId, new Date());
    },
  };
}
