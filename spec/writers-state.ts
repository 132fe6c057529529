// The state of the writers model: the API's server, the ledger, the batches and the attempts that work their chunks.

/** Each batch has one chunk with one row for each ticket. */
export const BATCHES = ["A", "B"] as const;

export type Outcome = "created" | "already_associated" | "limit_reached" | "failed";

/** What the attempt does next. */
type AttemptStep =
  | "acquire"
  | "open"
  | "pick"
  | "resolve"
  | "store snapshot"
  | "decide"
  | "await response"
  | "store resolution"
  | "store results"
  | "release";

export interface Attempt {
  batch: number;
  /** It resolves what may have been sent and sends nothing: the batch is about to end. */
  isLast: boolean;
  step: AttemptStep;
  ticket: number;
  /** No other attempt has acquired the lease since. */
  isNewest: boolean;
  /** A second one has: the file of its lease, and the one of the next epoch, have been removed. */
  isRemoved: boolean;
  /** Its predecessor did not release the lease. */
  mustWait: boolean;
  /** Its last verification of the lease is less than 3 s old. */
  isVerified: boolean;
  /** Its copy of the snapshot, and what it read last: a bit for each association of a ticket; null: not in the snapshot. */
  snapshot: (number | null)[];
  seen: number;
  results: (Outcome | null)[];
  /** No one has stored a later version since it read this chain. */
  hasNewestSnapshot: boolean;
  hasNewestResults: boolean;
  /** The tickets that another batch may have written to: it leaves them alone. */
  held: boolean[];
}

export interface WritersState {
  /** For each ticket and each related ticket: 0, or 1 + the batch whose write created it, or 9: it was there before. */
  associations: number[][];
  /** Writes on their way. `sender`: the attempt's place; -1: its process has died. */
  requests: { batch: number; ticket: number; sender: number }[];
  lease: { isReleased: boolean; doubts: boolean[] };
  chunks: { snapshot: (number | null)[]; results: (Outcome | null)[] }[];
  batches: ("running" | "cancelling" | "closing" | "ended" | "terminated")[];
  attempts: (Attempt | null)[];
  /** The place of the attempt that the lane waits for; -1: none. */
  current: number;
  /** A stored outcome was replaced or removed. */
  hasLostOutcome: boolean;
  /** How many faults of each kind may still happen. */
  faults: { crash: number; stall: number; loss: number; cancel: number; terminate: number };
}

export interface WritersBounds {
  /** For each ticket: the related ticket that each batch asks for, and the associations from before, as numbers from 0. */
  tickets: { asks: [number, number]; before?: number[] }[];
  /** The most associations of a ticket. */
  limit: number;
  faults: WritersState["faults"];
}

const RELATED = 2;

export function initialWriters({ tickets, faults }: WritersBounds): WritersState {
  const empty = (): null[] => tickets.map(() => null);
  return {
    associations: tickets.map(({ before = [] }) =>
      Array.from({ length: RELATED }, (_, related) => (before.includes(related) ? 9 : 0)),
    ),
    requests: [],
    lease: { isReleased: true, doubts: BATCHES.map(() => false) },
    chunks: BATCHES.map(() => ({ snapshot: empty(), results: empty() })),
    batches: BATCHES.map(() => "running" as const),
    attempts: [null, null],
    current: -1,
    hasLostOutcome: false,
    faults,
  };
}

/** What a list request returns now, as bits. */
export const listTicket = (state: WritersState, ticket: number): number =>
  (state.associations[ticket] ?? []).reduce((bits, writer, related) => bits | (writer ? 1 << related : 0), 0);

export const countBits = (bits: number): number => bits.toString(2).replaceAll("0", "").length;

/** A write to the ticket may have been sent and its row has no outcome. */
export const isDoubtful = (chunk: WritersState["chunks"][number], ticket: number): boolean =>
  chunk.snapshot[ticket] !== null && chunk.results[ticket] === null;
