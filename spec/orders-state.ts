// The state of the orders model: batch workflows, their lane, and the orders on their way.

/** What a lane is to do with a chunk. `resolve`, `last`: send nothing; after `last`, doubtful rows end as failed. */
export type Work = "none" | "work" | "resolve" | "last";
/** How a turn ended. `clean`: nothing is doubtful any more; `doubt`, `later`: it needs a later turn, with or without a doubt. */
export type TurnEnd = "settled" | "later" | "doubt" | "clean" | "deferred" | "ended" | "gaveUp";

/** Rows of each chunk. */
export const ROWS = 2;

export interface BatchOfOrders {
  phase: "running" | "paused" | "cancelling" | "ended" | "terminated";
  run: number;
  /** The number of its last order. */
  sequence: number;
  chunks: { status: "open" | "later" | "done"; mayHaveSent: boolean; counted: number }[];
  /** A run and its reset have the same start. */
  start: number;
  /** It waits until the lane confirms an order from this one on. */
  confirm: { sequence: number } | null;
  /** A chunk had its last round and has open rows. */
  hasLeftOpen: boolean;
  /** Its state has changed, or its lane was silent: an order is due. */
  mustOrder: boolean;
  /** The lane works by its last order. */
  isObeyed: boolean;
}

export interface Order {
  batch: number;
  run: number;
  sequence: number;
  start: number;
  chunks: Work[];
  mustConfirm: boolean;
  /** Its sender has given it up: it may still arrive, after later ones. */
  isLate: boolean;
}

/** What the lane knows of a batch. */
export interface LaneEntry {
  run: number;
  sequence: number;
  start: number;
  chunks: Work[];
  /** The order was late: the lane may have known and forgotten a later one. */
  isLate: boolean;
}

export interface OrdersState {
  batches: BatchOfOrders[];
  lane: {
    isRunning: boolean;
    entries: (LaneEntry | null)[];
    toConfirm: ({ run: number; sequence: number } | null)[];
    turn: { batch: number; chunk: number; work: Work; isLate: boolean; isAfterHold: boolean } | null;
    report: {
      batch: number;
      chunk: number;
      end: TurnEnd;
      rows: number;
      work: Work;
      isAfterHold: boolean;
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
      start: 1,
      confirm: null,
      hasLeftOpen: false,
      mustOrder: true,
      isObeyed: false,
    })),
    lane: {
      isRunning: false,
      entries: chunks.map(() => null),
      toConfirm: chunks.map(() => null),
      turn: null,
      report: null,
    },
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
    const confirm = state.lane.toConfirm[at];
    const held = [batch, batch.confirm, entry, confirm, report, ...orders];
    compact(
      held.filter((each) => each !== null && each !== undefined),
      "sequence",
    );
  });
  state.orders.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function compact<K extends string>(holders: Record<K, number>[], key: K): void {
  const ranks = [...new Set([0, ...holders.map((holder) => holder[key])])].sort((one, other) => one - other);
  for (const holder of holders) (holder as Record<string, number>)[key] = ranks.indexOf(holder[key]);
}
