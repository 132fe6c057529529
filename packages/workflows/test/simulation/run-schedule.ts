import { chunkIdOf, type ChunkTicket, type RowResult } from "@caselink/ledger";
import { ModelBatch } from "./model-batch.ts";
import type { ModelServer } from "./model-server.ts";
import type { Mutant } from "./mutants.ts";
import { act } from "./operators.ts";
import { isOperatorFault, type Schedule, type ScheduledBatch } from "./schedule.ts";
import { LANE, World } from "./world.ts";

const GIVE_UP_MS = 24 * 3_600_000;
/** A run that takes longer makes no progress. */
const LONGEST_RUN_MS = 4 * 24 * 3_600_000;
/** What may still be under way when all batches have ended. */
const AFTERMATH_MS = 120_000;

export interface History {
  schedule: Schedule;
  server: ModelServer;
  /** Results by batch, as they were when the batch ended; at most one for each row. */
  results: ReadonlyMap<string, readonly RowResult[]>;
  /** The results as they are when nothing happens any more. */
  lastResults: ReadonlyMap<string, readonly RowResult[]>;
  /** The batches that ended as cancelled. */
  cancelled: ReadonlySet<string>;
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
  const ids = schedule.batches.map((batch, at) => {
    const batchId = `batch-${at}`;
    world.batches.set(batchId, new ModelBatch(world, storePlan(world, batchId, batch)));
    return batchId;
  });
  const { stackTraceLimit } = Error;
  // The stacks of the errors that the model injects take longer than its requests, and no one reads them.
  Error.stackTraceLimit = 0;
  try {
    await clock.run(work(), LONGEST_RUN_MS);
  } catch (error) {
    const open = ids.filter((id) => !ledger.isFinished(id));
    server.violations.push(`${open.join(", ")} did not end: ${String(error)}`);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const ends = new Map(ids.map((id) => [id, ledger.endOf(id)]));
  return {
    schedule,
    server,
    results: new Map(ids.map((id) => [id, ends.get(id)?.results ?? []])),
    lastResults: new Map(ids.map((id) => [id, ledger.resultsOf(id)])),
    cancelled: new Set(ids.filter((id) => ends.get(id)?.state === "cancelled")),
    firstSnapshots: ledger.firstSnapshots,
    endedAtMs: clock.now(),
  };

  async function work(): Promise<void> {
    for (const batch of world.batches.values()) batch.start();
    for (const fault of schedule.faults) if (isOperatorFault(fault)) void act(world, fault);
    await Promise.all([...world.batches.values()].map(({ finished }) => finished));
    await clock.sleep(AFTERMATH_MS);
  }
}

/** Writes the chunks of a batch to the ledger. Returns the input of its workflow. */
function storePlan({ ledger }: World, batchId: string, { kind, rows, chunkSize }: ScheduledBatch) {
  const tickets = ticketsOf(rows);
  let chunks = 0;
  for (let at = 0; at < tickets.length || chunks === 0; at += chunkSize)
    ledger.chunks.set(`${batchId}/${chunkIdOf(LANE, chunks++)}`, tickets.slice(at, at + chunkSize));
  return {
    batchId,
    kind,
    endpointKey: "api",
    chunks: { [LANE]: chunks },
    rows: rows.length,
    tickets: tickets.length,
    giveUpAfterMs: GIVE_UP_MS,
  };
}

function ticketsOf(rows: ScheduledBatch["rows"]): ChunkTicket[] {
  const tickets = new Map<string, ChunkTicket>();
  rows.forEach(({ ticket, ...row }, at) => {
    const known = tickets.get(ticket) ?? { ticket, group: "g", rows: [] };
    known.rows.push({ row: at + 1, ...row });
    tickets.set(ticket, known);
  });
  return [...tickets.values()];
}
