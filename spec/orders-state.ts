// The state of the orders model: batch workflows, their lane, and the orders on their way.

/** What a lane is to do with a chunk. `resolve`, `last`: send nothing; after `last`, doubtful rows end as failed. */
export type Work = "none" | "work" | "resolve" | "last";
/** How a turn ended. `clean`: nothing is doubtful any more; `doubt`, `later`: it needs a later turn, with or without a doubt. */
export type TurnEnd = "settled" | "later" | "doubt" | "clean" | "deferred" | "ended";

/** Rows of each chunk. */
export const ROWS = 2;

export interface BatchOfOrders {
  phase: "running" | "paused" | "cancelling" | "ended" | "terminated";
  run: number;
  /** The number of its last order. */
  sequence: number;
  chunks: { status: "open" | "later" | "done"; mayHaveSent: boolean; counted: number }[];
  /** The last report that it has seen, and the life of the lane that sent it. */
  seen: { life: number; number: number };
  /** Its state has changed, or its lane was silent: an order is due. */
  mustOrder: boolean;
  /** The lane works by its last order. */
  isObeyed: boolean;
}

export interface Order {
  batch: number;
  run: number;
  sequence: number;
  chunks: Work[];
  seen: { life: number; number: number };
  /** Its sender has given it up: it may still arrive, after later ones. */
  isLate: boolean;
}

/** What the lane knows of a batch. */
export interface LaneEntry {
  run: number;
  sequence: number;
  chunks: Work[];
  finished: { chunk: number; number: number }[];
  reports: number;
  hasUndelivered: boolean;
}

export interface OrdersState {
  batches: BatchOfOrders[];
  lane: {
    /** Counts its starts. */
    life: number;
    isRunning: boolean;
    entries: (LaneEntry | null)[];
    turn: { batch: number; chunk: number; work: Work } | null;
    report: {
      batch: number;
      chunk: number;
      end: TurnEnd;
      rows: number;
      number: number;
      run: number;
      sequence: number;
    } | null;
  };
  orders: Order[];
  /** Settled rows in the ledger, by batch and chunk. */
  rows: number[][];
  /** What must never happen, as steps note it. */
  broken: string[];
  may: Record<OrdersFault, number>;
}

export type OrdersFault =
  | "delay"
  | "pause"
  | "cancel"
  | "terminateBatch"
  | "resetBatch"
  | "terminateLane"
  | "cancelLane";

export function initialOrders(chunks: number[], may: Partial<OrdersState["may"]>): OrdersState {
  const none = { delay: 0, pause: 0, cancel: 0, terminateBatch: 0, resetBatch: 0, terminateLane: 0, cancelLane: 0 };
  return {
    batches: chunks.map((count) => ({
      phase: "running",
      run: 1,
      sequence: 0,
      chunks: Array.from({ length: count }, () => ({ status: "open" as const, mayHaveSent: false, counted: 0 })),
      seen: { life: 0, number: 0 },
      mustOrder: true,
      isObeyed: false,
    })),
    lane: { life: 0, isRunning: false, entries: chunks.map(() => null), turn: null, report: null },
    orders: [],
    rows: chunks.map((count) => Array.from({ length: count }, () => 0)),
    broken: [],
    may: { ...none, ...may },
  };
}

/** Replaces numbers that only grow by their rank: what matters is their order. */
export function compactNumbers(state: OrdersState): void {
  state.batches.forEach((batch, at) => {
    const entry = state.lane.entries[at];
    const report = state.lane.report?.batch === at ? state.lane.report : undefined;
    const orders = state.orders.filter((order) => order.batch === at);
    compact([batch, ...(entry ? [entry] : []), ...(report ? [report] : []), ...orders], "sequence");
    const seen = [
      batch.seen,
      ...orders.map((order) => order.seen),
      ...(entry?.finished ?? []),
      ...(report ? [report] : []),
    ];
    const last = { number: entry?.reports ?? 0 };
    compact([...seen, last], "number");
    if (entry) entry.reports = last.number;
  });
  state.orders.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function compact<K extends string>(holders: Record<K, number>[], key: K): void {
  const ranks = [...new Set([0, ...holders.map((holder) => holder[key])])].sort((one, other) => one - other);
  for (const holder of holders) (holder as Record<string, number>)[key] = ranks.indexOf(holder[key]);
}
