import type { BatchKind } from "@caselink/ledger";
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

type Fault =
  | { kind: "request"; n: number; fault: RequestFault }
  /** The n-th write to the ledger, or read of a lease, fails before or after it was executed. */
  | { kind: "ledger"; n: number; isDone: boolean }
  /** The n-th attempt is stopped this long after its start. */
  | { kind: "stop"; attempt: number; afterMs: number }
  /** The process of the n-th attempt dies this long after its start. */
  | { kind: "kill"; attempt: number; afterMs: number }
  /** The process of the n-th attempt stalls, and wakes up later without noticing it. */
  | { kind: "stall"; attempt: number; afterMs: number; forMs: number };

export interface ScheduledRow {
  ticket: string;
  related: string;
  /** A row of an undo that puts an association back. */
  restore?: true;
}

export interface ScheduledBatch {
  kind: BatchKind;
  rows: ScheduledRow[];
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

const REQUEST_FAULTS = ["lost", "reset", "error", "errorAfter", "failed", "unknownCode", "throttled", "late"] as const;
const TICKETS = ["T1", "T2", "T3", "T4", "T5", "GONE1", "DENIED1"];
const RELATED = ["r1", "r2", "r3", "r4", "r5"];
const REJECTED = ["GONE2", "GONE3"];

/** The run that a seed determines: batches on the same few tickets, a kind of server, and faults. */
export function scheduleOf(seed: number): Schedule {
  const random = seededRandom(seed);
  const batches = Array.from({ length: between(random, 1, 3) }, (): ScheduledBatch => ({
    kind: "create",
    rows: rowsOf(random),
  }));
  const preload: Record<string, string[]> = {};
  for (const ticket of TICKETS.slice(0, 5)) {
    if (random() < 0.4) preload[ticket] = RELATED.filter(() => random() < 0.35).slice(0, 3);
  }
  const faults: Fault[] = [];
  const rate = pick(random, [0, 0.05, 0.15, 0.3]);
  for (let n = 0; n < 120; n++)
    if (random() < rate) faults.push({ kind: "request", n, fault: pick(random, REQUEST_FAULTS) });
  for (let attempt = 0; attempt < 8; attempt++) {
    const chance = random();
    const afterMs = between(random, 0, 400);
    if (chance < 0.25) faults.push({ kind: "kill", attempt, afterMs });
    else if (chance < 0.45) faults.push({ kind: "stall", attempt, afterMs, forMs: between(random, 100, 90_000) });
  }
  const overLimit = pick(random, ["refuse", "fill"] as const);
  const server = {
    isLimitEnforced: random() < 0.5,
    isAtomic: random() < 0.7,
    duplicate: pick(random, ["ok", "error"] as const),
    lagMs: pick(random, [0, 0, 0, 1_500, 3_000, 4_500]),
  };
  const ledgerRate = pick(random, [0, 0, 0.05, 0.2]);
  for (let n = 0; n < 60; n++) if (random() < ledgerRate) faults.push({ kind: "ledger", n, isDone: random() < 0.5 });
  for (let attempt = 0; attempt < 8; attempt++) {
    if (random() < 0.15) faults.push({ kind: "stop", attempt, afterMs: between(random, 0, 3_000) });
  }
  return {
    seed,
    batches,
    preload,
    overLimit,
    server,
    faults,
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
    .map(({ kind, rows: wanted }) => ({ kind, rows: wanted.filter((row) => !isUndone(row)) }));
  return { ...schedule, batches: [{ kind: "undo", rows }, ...others] };
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
