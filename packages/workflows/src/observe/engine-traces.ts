import type { BatchRecord, BatchSummary } from "@caselink/ledger";
import type { ChunkResult, ChunkTask } from "../workflow/contracts.ts";

/** An attempt at a turn, for its span. */
export interface TracedTurn {
  task: ChunkTask;
  record: BatchRecord;
  /** Counts from 1: Temporal's attempts at the turn. */
  attempt: number;
}

/** Makes spans of batches, turns and tickets. A span of a turn is active during its work, and so is that of a ticket. */
export interface EngineTraces {
  turn(turn: TracedTurn, work: () => Promise<ChunkResult>): Promise<ChunkResult>;
  /** The work on a ticket. An implementation may leave most of them out. */
  ticket<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The batch has ended: its span, from its start on. */
  batchEnded(record: BatchRecord, summary: BatchSummary): void;
}
