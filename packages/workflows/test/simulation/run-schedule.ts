import type { RowResult } from "@caselink/ledger";
import type { WaitReason } from "../../src/workflow/contracts.ts";
import { ModelBatch } from "./model-batch.ts";
import type { ModelServer } from "./model-server.ts";
import type { Mutant } from "./mutants.ts";
import { act } from "./operators.ts";
import { planRetry, planRows, storePlan, type PlannedRow } from "./plan.ts";
import { isOperatorFault, type Schedule, type ScheduledBatch } from "./schedule.ts";
import { World } from "./world.ts";

/** A run that takes longer makes no progress. */
const LONGEST_RUN_MS = 4 * 24 * 3_600_000;
/** What may still be under way when all batches have ended. */
const AFTERMATH_MS = 120_000;

/** What a batch planned and recorded. */
export interface BatchHistory {
  batchId: string;
  isUndo: boolean;
  rows: readonly PlannedRow[];
  /** The results when the batch ended; at most one for each row. */
  results: readonly RowResult[];
  /** The results when nothing happens any more. */
  lastResults: readonly RowResult[];
  /** It ended as cancelled. */
  isCancelled: boolean;
  /** Why it was blocked for the API's behaviour, each time. */
  blocks: readonly WaitReason[];
  /** What its snapshots say its writes displaced: `ticket related`. */
  displaced: ReadonlySet<string>;
}

export interface History {
  schedule: Schedule;
  server: ModelServer;
  batches: readonly BatchHistory[];
  /** When a batch first stored a snapshot of a ticket, by `batch ticket`. */
  firstSnapshots: ReadonlyMap<string, number>;
  endedAtMs: number;
}

/**
 * Runs the engine over a modelled API, ledger, clock and Temporal: the real loops of lane and batch and the real chunk logic,
 * with messages that take time and operators who intervene.
 */
export async function runSchedule(schedule: Schedule, mutant?: Mutant): Promise<History> {
  const world = new World(schedule, mutant);
  const { clock, ledger, server } = world;
  const { stackTraceLimit } = Error;
  // The stacks of the errors that the model injects take longer than its requests, and no one reads them.
  Error.stackTraceLimit = 0;
  try {
    await clock.run(work(), LONGEST_RUN_MS);
  } catch (error) {
    const open = [...world.batches.keys()].filter((id) => !ledger.isFinished(id));
    server.violations.push(`${open.join(", ")} did not end: ${String(error)}`);
    for (const id of open) server.story.push(`the state of ${id}: ${JSON.stringify(world.batches.get(id)?.state)}`);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return {
    schedule,
    server,
    batches: [...world.batches.values()].map((batch) => historyOf(batch, world)),
    firstSnapshots: ledger.firstSnapshots,
    endedAtMs: clock.now(),
  };

  async function work(): Promise<void> {
    schedule.batches.forEach((batch, at) => {
      if (!batch.retryOf) start(at, planRows(batch.rows));
    });
    for (const fault of schedule.faults) if (isOperatorFault(fault)) void act(world, fault);
    const retried = schedule.batches.map((_, at) => retryAll(at));
    await Promise.all([...world.batches.values()].map(({ finished }) => finished));
    await Promise.all(retried);
    await clock.sleep(AFTERMATH_MS);
  }

  /** The retries of a batch, one after the other. */
  async function retryAll(source: number): Promise<void> {
    const batches = [`batch-${source}`];
    for (const [at, { retryOf }] of schedule.batches.entries()) {
      if (retryOf?.batch !== source || schedule.batches[source]?.kind === "undo") continue;
      await world.batches.get(batches.at(-1) ?? "")?.finished;
      await clock.sleep(retryOf.afterMs);
      const rows = planRetry(batches, ledger);
      if (rows.length === 0) return;
      start(at, rows);
      batches.push(`batch-${at}`);
    }
    await world.batches.get(batches.at(-1) ?? "")?.finished;
  }

  function start(at: number, rows: readonly PlannedRow[]): void {
    const batchId = `batch-${at}`;
    const batch = new ModelBatch(world, storePlan(world, batchId, schedule.batches[at] as ScheduledBatch, rows));
    world.batches.set(batchId, batch);
    batch.start();
  }
}

function historyOf({ batchId, kind, blocks }: ModelBatch, { ledger }: World): BatchHistory {
  const { results = [], state } = ledger.endOf(batchId) ?? {};
  return {
    batchId,
    isUndo: kind === "undo",
    rows: ledger.planned.get(batchId) ?? [],
    results,
    lastResults: ledger.resultsOf(batchId),
    isCancelled: state === "cancelled",
    blocks,
    displaced: ledger.displacedBy(batchId),
  };
}
