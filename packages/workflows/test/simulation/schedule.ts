import type { BatchKind } from "@caselink/ledger";
import { SHARED_LANE } from "../../src/workflow/contracts.ts";
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
  | { kind: "lane"; lane: string; action: "cancel" | "terminate" | "reset"; atMs: number }
  /** Someone who does not use the engine changes a ticket. */
  | { kind: "foreign"; ticket: string; related: string; adds: boolean; atMs: number };

export type Fault =
  | { kind: "request"; n: number; fault: RequestFault }
  /** All requests in this time fail so. */
  | { kind: "outage"; atMs: number; forMs: number; fault: "reset" | "error" | "failed" }
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
  /** It is a retry of an earlier batch: its rows are those that are not settled when that one, and its retries, have ended. */
  retryOf?: { batch: number; afterMs: number };
}

interface ServerKind {
  isLimitEnforced: boolean;
  isAtomic: boolean;
  duplicate: "ok" | "error";
  lagMs: number;
  /** A create replaces the associations of its ticket. */
  replaces?: boolean;
  /** An association shows on both tickets, and counts for both. */
  isSymmetric?: boolean;
  /** Requests of each operation that it accepts in a second. */
  rates?: Partial<Record<"list" | "create" | "delete", number>>;
}

export interface Schedule {
  seed: number;
  batches: ScheduledBatch[];
  preload: Record<string, string[]>;
  overLimit: "refuse" | "fill";
  server: ServerKind;
  faults: Fault[];
  /** The lanes of the tickets: ticket after ticket has the next one. */
  lanes: string[];
  /** Runs of lanes and batches continue as new after this many turns and steps; absent: never. */
  stepsPerRun?: number;
  /** The API's profile does not say whether the server is symmetric: the first writes find out. */
  checksSymmetry: boolean;
  /** The API's profile says from the start that the server is symmetric. */
  isSymmetryKnown?: boolean;
  /** How long the batches expect reads to lag behind writes; default 5 s. */
  readLagMs?: number;
}

const LANES = ["a", "b"];
export const TICKETS = ["T1", "T2", "T3", "T4", "T5", "GONE1", "DENIED1"];
export const RELATED = ["r1", "r2", "r3", "r4", "r5"];
const REJECTED = ["GONE2", "GONE3"];

/** What a run of a seed has beyond plain batches on a server as it is documented. */
interface Traits {
  isSymmetric: boolean;
  replaces: boolean;
  hasRates: boolean;
  hasRetries: boolean;
  /** Reads lag longer than the batches assume. */
  isLate: boolean;
}

function traitsOf(random: () => number): Traits {
  const [isSymmetric, isLate] = [random() < 0.2, random() < 0.1];
  return {
    isSymmetric,
    replaces: !isSymmetric && !isLate && random() < 0.2,
    // Reads that wait for their limit would show a write without proving how late it is.
    hasRates: !isLate && random() < 0.2,
    hasRetries: random() < 0.4,
    isLate,
  };
}

/** The run that a seed determines: batches on the same few tickets, a kind of server, and faults. */
export function scheduleOf(seed: number): Schedule {
  const random = seededRandom(seed);
  const traits = traitsOf(random);
  const batches = batchesOf(random, traits);
  const server = serverOf(random, traits);
  const isLong = random() < 0.25;
  const lanes = traits.isSymmetric || isLong ? LANES : LANES.slice(0, 1);
  const faults = faultsOf(random, batches.length, traits.isSymmetric ? [...lanes, SHARED_LANE] : lanes);
  return {
    seed,
    batches,
    preload: preloadOf(random, traits),
    overLimit: pick(random, ["refuse", "fill"] as const),
    server,
    lanes,
    checksSymmetry: traits.isSymmetric || isLong,
    ...(traits.isSymmetric && { isSymmetryKnown: random() < 0.7 }),
    ...(random() < 0.25 && { stepsPerRun: between(random, 1, 10) }),
    // No engine can resolve a write whose response is lost if it believes reads too early.
    faults: traits.isLate ? faults.filter(isHarmlessToReads) : faults,
  };
}

const isHarmlessToReads = ({ kind }: Fault): boolean => kind === "delay" || kind === "repeat";

function batchesOf(random: () => number, { isSymmetric, hasRetries }: Traits): ScheduledBatch[] {
  const count = between(random, 1, 3);
  const batches = Array.from({ length: count }, (): ScheduledBatch => ({
    kind: "create",
    rows: rowsOf(random, isSymmetric ? [...RELATED, ...TICKETS.slice(0, 3)] : RELATED),
    chunkSize: pick(random, [1, 2, 3, 7]),
  }));
  for (let retries = hasRetries ? between(random, 1, 2) : 0; retries > 0; retries--) {
    const retryOf = { batch: between(random, 0, count - 1), afterMs: between(random, 0, 60_000) };
    batches.push({ kind: "create", rows: [], chunkSize: pick(random, [1, 3, 7]), retryOf });
  }
  return batches;
}

function serverOf(random: () => number, { isSymmetric, replaces, hasRates, isLate }: Traits): ServerKind {
  return {
    isLimitEnforced: random() < 0.5,
    isAtomic: replaces || isLate || random() < 0.7,
    duplicate: replaces ? "ok" : pick(random, ["ok", "error"] as const),
    lagMs: pick(random, isLate ? [8_000, 20_000, 45_000] : [0, 0, 0, 1_500, 3_000, 4_500]),
    ...(isSymmetric && { isSymmetric }),
    ...(replaces && { replaces }),
    ...(hasRates && {
      rates: {
        list: pick(random, [1, 3, 10]),
        create: pick(random, [1, 3, 10]),
        delete: pick(random, [1, 3, 10]),
      },
    }),
  };
}

function preloadOf(random: () => number, { isSymmetric }: Traits): Record<string, string[]> {
  const preload: Record<string, string[]> = {};
  for (const ticket of TICKETS.slice(0, 5)) {
    if (random() < 0.4) preload[ticket] = RELATED.filter(() => random() < 0.35).slice(0, 3);
  }
  if (!isSymmetric) return preload;
  const counts = new Map<string, number>();
  for (const [ticket, related] of Object.entries(preload))
    preload[ticket] = related.filter((id) => {
      counts.set(id, (counts.get(id) ?? 0) + 1);
      return (counts.get(id) ?? 0) <= 3;
    });
  return preload;
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
  const { isSymmetric } = schedule.server;
  const isUndone = (row: ScheduledRow): boolean =>
    rows.some((own) => isSame(own, row) || (isSymmetric && isSame(own, { ticket: row.related, related: row.ticket })));
  const others = schedule.batches
    .slice(1)
    .map((batch) => ({ ...batch, rows: batch.rows.filter((row) => !isUndone(row)) }));
  return { ...schedule, batches: [{ kind: "undo", rows, chunkSize: pick(random, [1, 2, 7]) }, ...others] };
}

export const laneOf = ({ lanes }: Pick<Schedule, "lanes">, ticket: string): string =>
  lanes[Math.max(0, TICKETS.indexOf(ticket)) % lanes.length] ?? "a";

const isSame = (a: ScheduledRow, b: ScheduledRow): boolean => a.ticket === b.ticket && a.related === b.related;

/** At most three different related tickets for a ticket, as in a plan; rejected ones at any position. */
function rowsOf(random: () => number, possible: readonly string[]): ScheduledRow[] {
  const rows: ScheduledRow[] = [];
  for (const ticket of TICKETS) {
    if (random() < 0.3) continue;
    const wanted = possible.filter((id) => random() < 2.5 / possible.length && id !== ticket);
    for (const related of REJECTED) if (random() < 0.3) wanted.splice(between(random, 0, 2), 0, related);
    for (const related of wanted.slice(0, 3)) rows.push({ ticket, related });
  }
  return rows;
}
