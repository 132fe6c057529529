// The public API: removing an export requires a major version.
export { isS3Location as isObjectStorage } from "./store/s3-location.ts";
export { openLedger, type Ledger } from "./ledger.ts";
export { hasKnownEnding } from "./plan/files/input-form.ts";
export { followUpsOf } from "./follow-up/follow-ups.ts";
export type { RetryOptions } from "./follow-up/retry.ts";
export type { TicketOutcomes, TicketRow } from "./report/outcomes-by-ticket.ts";
export { CONFIGURATION_CODES, InputError, LedgerError, type Diagnostic, type LedgerErrorCode } from "./ledger-error.ts";
export {
  canSucceedLater,
  hasSucceeded,
  OUTCOMES,
  outcomeWords,
  RETRIED_OUTCOMES,
  UNDO_OUTCOMES,
  type Outcome,
  type UndoOutcome,
} from "./outcome.ts";
export {
  chunkIds,
  type BatchCounts,
  type BatchKind,
  type BatchOptions,
  type BatchRecord,
  type OverLimit,
} from "./batch/batch-record.ts";
export { chunkIdOf } from "./batch/batch-id.ts";
export { assumedReadLagMs, LONGEST_READ_LAG_MS, USUAL_READ_LAG_MS } from "./read-lag.ts";
export { apiFactTexts, type ApiFactText } from "./api-fact-texts.ts";
export { storageFactTexts, type StorageFacts, type StorageFactText } from "./store/storage-facts.ts";
export type { ApiFact, ApiFactValues, ApiObservation, ApiObservations, ApiProfile } from "./api-profile.ts";
export type { LeaseDoubt, LeaseRecord } from "./chunk/lease-record.ts";
export type { ChunkFile, StoredLines } from "./chunk/chunk-files.ts";
export { GrowingLines } from "./files/growing-lines.ts";
export type { ChunkRow, ChunkTicket, RowResult, SnapshotEntry } from "./chunk/chunk.ts";
export type { ReportOptions } from "./report/report-format.ts";
export type { ReportLanguage } from "./report/page-words.ts";
export type { ReportRow } from "./report/report-row.ts";
export type { CheckEntry, CheckFiles } from "./batch/check-files.ts";
export type { SavedPlanState } from "./batch/saved-plan.ts";
export type { RelatedTickets } from "./plan/related-tickets.ts";
export type { BatchEnd, BatchSummary } from "./batch/summary.ts";
export type { FileDifference, FilesComparison } from "./report/compare-files.ts";
export type { Manifest } from "./report/report-manifest.ts";
export type { WrittenReport } from "./report/report.ts";
export type {
  TicketOverLimit,
  CommittedBatch,
  InputFormat,
  TextFormat,
  MappedField,
  PlanInput,
  PlannedBatch,
  PlanPreview,
  PlanRequest,
  RowsInput,
} from "./plan/plan-request.ts";
export { laneOf, LANES } from "./chunk/lane.ts";
