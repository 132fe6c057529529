import type { BatchKind } from "@caselink/ledger";
import { faultsOf } from "./faults.ts";
import { between, pick, seededRandom } from "./random.ts";

/** The fault of the n-th request that reaches the network, counted over the whole run. */
export type RequestFault =
  | "lost" // executed, no response
  | "reset" // not executed, no response
  | "error" // HTTP 500, not executed
  | "errorAfter" // HTTP 500, executed
  | "failed" // HTTP 200, OSM.01010014, not executed
  | "unknownCode" // HTTP 200, an undocumented code, not executed
  | "throttled" // HTTP 429
  | "late"; // executed up to a request's limit later, no response in time

/** What happens to one attempt of a turn, this long after its start. Attempts count over the whole run. */
type AttemptFault =
  /** It is asked to stop. */
  | { kind: "stop"; attempt: number; afterMs: number }
  /** Its process dies. */
  | { kind: "kill"; attempt: number; afterMs: number }
  /** Its process stalls, and wakes up later without noticing it. */
  | { kind: "stall"; attempt: number; afterMs: number; forMs: number }
  /** The clock of its process jumps. */
  | { kind: "clock"; attempt: number; afterMs: number; byMs: number };

export type OperatorFault =
  /**
   * An operator's action on a batch. `forMs`: how long a pause lasts, how long a terminated batch waits until it is started
   * again, and how far a reset goes back.
   */
  | {
      kind: "batch";
      action: "pause" | "resume" | "cancel" | "terminate" | "reset";
      batch: number;
      atMs: number;
      forMs: number;
    }
  /** Temporal's own buttons on the lane; `reset`: of the activity. */
  | { kind: "lane"; action: "cancel" | "terminate" | "reset"; atMs: number }
  /** Someone who does not use the engine changes a ticket. */
  | { kind: "foreign"; ticket: string; related: string; adds: boolean; atMs: number };

export type Fault =
  | { kind: "request"; n: number; fault: RequestFault }
  /** The n-th write to the ledger, or read of a lease, fails before or after it was executed. */
  | { kind: "ledger"; n: number; isDone: boolean }
  /** The n-th write to the ledger takes so much longer: its process may stall and wake up meanwhile. */
  | { kind: "slowWrite"; n: number; ms: number }
  /** The n-th message between batch and lane takes so long. */
  | { kind: "delay"; n: number; ms: number }
  /** The n-th message, if it is an order, arrives again so much later. */
  | { kind: "repeat"; n: number; ms: number }
  | AttemptFault
  | OperatorFault;

export const isOperatorFault = (fault: Fault): fault is OperatorFault =>
  fault.kind === "batch" || fault.kind === "lane" || fault.kind === "foreign";

export interface ScheduledRow {
  ticket: string;
  related: string;
  /** A row of an undo that puts an association back. */
  restore?: true;
}

export interface ScheduledBatch {
  kind: BatchKind;
  rows: ScheduledRow[];
  /** Tickets in a chunk. */
  chunkSize: number;
}

export interface Schedule {
  seed: number;
  batches: ScheduledBatch[];
  preload: Record<string, string[]>;
  overLimit: "refuse" | "fill";
  server: { isLimitEnforced: boolean; isAtomic: boolean; duplicate: "ok" | "error"; lagMs: number };
  faults: Fault[];
  /** How long the batches expect reads to lag behind writes; default 5 s. */
  readLagMs?: number;
}

export const TICKETS = ["T1", "T2", "T3", "T4", "T5", "GONE1", "DENIED1"];
export const RELATED = ["r1", "r2", "r3", "r4", "r5"];
const REJECTED = ["GONE2", "GONE3"];

/** The run that a seed determines: batches on the same few tickets, a kind of server, and faults. */
export function scheduleOf(seed: number): Schedule {
  const random = seededRandom(seed);
  const batches = Array.from({ length: between(random, 1, 3) }, (): ScheduledBatch => ({
    kind: "create",
    rows: rowsOf(random),
    chunkSize: pick(random, [1, 2, 3, 7]),
  }));
  const preload: Record<string, string[]> = {};
  for (const ticket of TICKETS.slice(0, 5)) {
    if (random() < 0.4) preload[ticket] = RELATED.filter(() => random() < 0.35).slice(0, 3);
  }
  const overLimit = pick(random, ["refuse", "fill"] as const);
  const server = {
    isLimitEnforced: random() < 0.5,
    isAtomic: random() < 0.7,
    duplicate: pick(random, ["ok", "error"] as const),
    lagMs: pick(random, [0, 0, 0, 1_500, 3_000, 4_500]),
  };
  return {
    seed,
    batches,
    preload,
    overLimit,
    server,
    faults: faultsOf(random, batches.length),
  };
}

/** The run of a seed in which the first batch is an undo: of associations that exist, that someone has removed, and lost ones. */
export function undoScheduleOf(seed: number): Schedule {
  const schedule = scheduleOf(seed);
  const random = seededRandom(seed + 1_000_000);
  const rows: ScheduledRow[] = [];
  for (const ticket of TICKETS) {
    const present = schedule.preload[ticket] ?? [];
    const absent = RELATED.filter((id) => !present.includes(id));
    for (const related of present) if (random() < 0.8) rows.push({ ticket, related });
    for (const related of absent.slice(0, 1)) if (random() < 0.3) rows.push({ ticket, related });
    for (const related of absent.slice(1, 3)) if (random() < 0.3) rows.push({ ticket, related, restore: true });
  }
  // What two batches want of one association depends on who comes first: the checker could say nothing about it.
  const isUndone = (row: ScheduledRow): boolean => rows.some((own) => isSame(own, row));
  const others = schedule.batches
    .slice(1)
    .map((batch) => ({ ...batch, rows: batch.rows.filter((row) => !isUndone(row)) }));
  return { ...schedule, batches: [{ kind: "undo", rows, chunkSize: pick(random, [1, 2, 7]) }, ...others] };
}

const isSame = (a: ScheduledRow, b: ScheduledRow): boolean => a.ticket === b.ticket && a.related === b.related;

/** At most three different related tickets for a ticket, as in a plan; rejected ones at any position. */
function rowsOf(random: () => number): ScheduledRow[] {
  const rows: ScheduledRow[] = [];
  for (const ticket of TICKETS) {
    if (random() < 0.3) continue;
    const wanted = RELATED.filter(() => random() < 0.5);
    for (const related of REJECTED) if (random() < 0.3) wanted.splice(between(random, 0, 2), 0, related);
    for (const related of wanted.slice(0, 3)) rows.push({ ticket, related });
  }
  return rows;
}
