import { keyOf } from "./batch-doubts.ts";
import type {
  Acceptance,
  AccessState,
  BatchInput,
  BatchStateData,
  ChunkReport,
  Order,
  RejectionsSeen,
  WaitingChunk,
  WaitReason,
} from "./contracts.ts";
import { laneBackoffMs } from "./retry-schedule.ts";

/**
 * If this many different tickets were rejected and none was accepted, the rejection concerns the batch. In a smaller batch
 * all tickets must be rejected, and at least `fewest`. A rejection by the service takes more tickets, because it can concern
 * each ticket separately.
 */
const PROOF: Readonly<Record<string, { tickets: number; fewest: number }>> = {
  service: { tickets: 20, fewest: 3 },
  gateway: { tickets: 3, fewest: 1 },
  endpoint: { tickets: 3, fewest: 1 },
};
/** The same for an undocumented code, as long as no write of the batch has succeeded. */
const PROOF_OF_CODE = { tickets: 8, fewest: 3 };
/** A turn reports, and a batch counts, no more kinds. */
export const MOST_KINDS = 16;

/** How many tickets of a batch prove that a kind of rejection concerns the batch; undefined: it is too small for a proof. */
export function proofOf(kind: string, ticketsOfBatch: number): number | undefined {
  const [what, source = ""] = kind.split(" ");
  const { tickets, fewest } = (what === "code" ? undefined : PROOF[source]) ?? PROOF_OF_CODE;
  return ticketsOfBatch < fewest ? undefined : Math.max(fewest, Math.min(tickets, ticketsOfBatch));
}

/** After this, a rejection of that kind concerns its own ticket. */
export function acceptanceFor(kind: string): Acceptance {
  return kind.startsWith("code ") ? "success" : kind.startsWith("read ") ? "read" : "write";
}

/**
 * Decides whether a rejection concerns one ticket or the whole batch, from the acceptances and rejections that all workers
 * report. Until that is known, the rows of the ticket wait. Pure data and no clock: workflow code.
 */
export class BatchRejections {
  readonly #data: BatchStateData;
  readonly #batch: Pick<BatchInput, "tickets" | "chunks">;

  constructor(data: BatchStateData, batch: Pick<BatchInput, "tickets" | "chunks">) {
    this.#data = data;
    this.#batch = batch;
  }

  /** The part of an order that the workers decide by. */
  get known(): Pick<Order, "accepted"> {
    const { access } = this.#data;
    return access ? { accepted: access.accepted } : {};
  }

  /** Counts what a turn saw. Returns why the batch makes no progress, as far as is known then. */
  take(chunk: ChunkReport): WaitReason | undefined {
    const { accepted = [], rejections = [], waitReason } = chunk;
    if (accepted.length + rejections.length === 0 && !this.#data.access) return waitReason;
    const access = (this.#data.access ??= { accepted: [], kinds: {} });
    access.accepted = [...new Set([...access.accepted, ...accepted])];
    for (const seen of rejections) this.#count(access, keyOf(chunk), seen, waitReason?.rejection === seen.kind);
    if (waitReason && !this.refutes(waitReason)) return waitReason;
    return this.#proven;
  }

  /** Why the batch waits, if enough tickets were rejected and none was accepted. */
  get #proven(): WaitReason | undefined {
    const kinds = Object.values(this.#data.access?.kinds ?? {});
    return kinds.find(({ isForBatch, reason }) => isForBatch && !this.refutes(reason))?.reason;
  }

  /** A chunk reports the same tickets in each of its turns. */
  #count({ kinds }: AccessState, chunk: string, { kind, tickets, reason }: RejectionsSeen, isProven: boolean): void {
    if (!kinds[kind] && Object.keys(kinds).length >= MOST_KINDS) return;
    const known = (kinds[kind] ??= { reason, tickets: {} });
    if (known.isForBatch || this.#isAccepted(kind)) return;
    known.tickets[chunk] = Math.max(known.tickets[chunk] ?? 0, tickets);
    const total = Object.values(known.tickets).reduce((sum, count) => sum + count, 0);
    if (isProven || total >= (proofOf(kind, this.#batch.tickets) ?? Number.POSITIVE_INFINITY)) known.isForBatch = true;
  }

  /** The API has accepted what the wait reason says that it rejects. */
  refutes({ rejection }: WaitReason): boolean {
    return rejection !== undefined && this.#isAccepted(rejection);
  }

  #isAccepted = (kind: string): boolean => this.#data.access?.accepted.includes(acceptanceFor(kind)) ?? false;

  /** The chunk's next turn can settle what was rejected, if its lane knows what the batch knows. */
  isPlaced({ rejections = [] }: ChunkReport): boolean {
    return rejections.some(({ kind }) => this.#isAccepted(kind));
  }

  /** For a chunk whose round has ended: the acceptances that it waits for, and the kinds of rejections known by then. */
  waitAfter({ rejections = [] }: ChunkReport): Pick<WaitingChunk, "unplaced" | "seenKinds"> {
    const seenKinds = Object.keys(this.#data.access?.kinds ?? {}).length;
    const unplaced = [...new Set(rejections.map(({ kind }) => acceptanceFor(kind)))];
    return { ...(unplaced.length > 0 && { unplaced }), ...(seenKinds > 0 && { seenKinds }) };
  }

  /**
   * Chunks do not wait for their round if it can settle what was rejected: the API has accepted a ticket, or no other ticket is
   * left to compare with.
   */
  advance(now: number): void {
    for (const chunk of this.#data.waiting) {
      const { unplaced, dueAt, rounds } = chunk;
      if (!unplaced || dueAt === undefined) continue;
      const isAccepted = unplaced.some((each) => this.#data.access?.accepted.includes(each));
      if (!isAccepted && (this.#proven || !this.#isCompared(chunk))) continue;
      delete chunk.unplaced;
      if (!isAccepted) chunk.isCompared = true;
      // A lane of an earlier version does not pass on what the batch knows: no turns without a pause.
      chunk.dueAt = Math.min(dueAt, now + (rounds > 1 ? laneBackoffMs(rounds - 1) : 0));
    }
  }

  /** Every chunk has had its first round, and all that wait have ended one since the batch knows of what this one met. */
  #isCompared({ seenKinds = 0 }: WaitingChunk): boolean {
    const { next, waiting } = this.#data;
    const { chunks } = this.#batch;
    if (Object.entries(next).some(([lane, index]) => index < (chunks[lane] ?? 0))) return false;
    return waiting.every((other) => (other.seenKinds ?? 0) >= seenKinds);
  }

  /** An operator has fixed the cause. */
  clear(): void {
    delete this.#data.access;
    for (const chunk of this.#data.waiting) {
      delete chunk.unplaced;
      delete chunk.seenKinds;
      delete chunk.isCompared;
    }
  }
}
