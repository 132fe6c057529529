import type { ChunkRange, LaneStateData, Order, OrderTaken, QueuedBatch } from "./contracts.ts";

/** The chunk that a lane works next. */
export interface NextChunk {
  batch: QueuedBatch;
  range: ChunkRange;
}

/**
 * The batches that wait in a lane. They take turns, so a big batch cannot starve a small one.
 * Pure data and no clock: workflow code.
 */
export class LaneQueue {
  readonly #batches: QueuedBatch[];
  /** The last order of each batch, also after its work: the same order may arrive again. The oldest is the first. */
  readonly #taken: Map<string, TakenOrder>;
  /** Orders to confirm, as soon as no chunk of their batch is worked. */
  readonly #toConfirm = new Map<string, Pick<OrderTaken, "sequence" | "askedAt">>();
  #worked: NextChunk | undefined;
  /** The batches of which this run has worked a chunk: no attempt from before may write for them. */
  readonly #proven = new Set<string>();

  constructor(state?: LaneStateData) {
    this.#batches = state?.batches ?? [];
    const taken = [...(state?.taken ?? []), ...this.#batches.map((batch) => takenOrder(batch))];
    this.#taken = new Map(taken.map((order) => [order.batchId, order]));
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0 && this.#toConfirm.size === 0;
  }

  get batchIds(): string[] {
    return this.#batches.map(({ batchId }) => batchId);
  }

  get hasConfirmations(): boolean {
    return this.#toConfirm.size > 0;
  }

  data(): Pick<LaneStateData, "batches" | "taken"> {
    return { batches: this.#batches, taken: [...this.#taken.values()] };
  }

  /** The lane has taken this order, or a newer one. */
  hasTaken(order: Order): boolean {
    const last = this.#taken.get(order.batchId);
    return last !== undefined && isOlder(order, last);
  }

  /**
   * Takes an order. An older one of the same run changes nothing.
   * @returns true if the chunk that is worked now has to stop: the batch does not want it any more
   */
  take(order: Order): boolean {
    if (this.hasTaken(order)) return false;
    this.#remember(order);
    const at = this.#batches.findIndex(({ batchId }) => batchId === order.batchId);
    const before = this.#batches[at];
    const { sequence, askedAt } = order;
    if (order.mustConfirm) this.#toConfirm.set(order.batchId, { sequence, ...(askedAt !== undefined && { askedAt }) });
    const isResumed = before?.resumes !== order.resumes;
    const { failedTurns, notBefore, isUnattended } = before && !isResumed ? before : NOT_FAILED;
    // Whether ambiguous tickets can be read is tried, so that a batch without a worker can end.
    const waits = isUnattended && !order.ranges.some(({ resolveOnly }) => resolveOnly);
    const batch: QueuedBatch = { ...order, failedTurns, notBefore, ...(waits && { isUnattended }) };
    if (at >= 0) this.#batches[at] = batch;
    else if (order.ranges.length > 0) this.#batches.push(batch);
    const worked = this.#worked?.batch.batchId === order.batchId ? this.#worked.range : undefined;
    if (at >= 0 && order.ranges.length === 0 && !worked) this.#batches.splice(at, 1);
    return worked !== undefined && !worked.resolveOnly && !order.ranges.some((range) => includes(range, worked));
  }

  #remember(order: Order): void {
    this.#taken.delete(order.batchId);
    this.#taken.set(order.batchId, takenOrder(order));
    if (this.#taken.size <= MOST_TAKEN) return;
    const [oldest] = this.#taken.keys();
    if (oldest !== undefined) this.#taken.delete(oldest);
  }

  remove(batchId: string): void {
    const at = this.#batches.findIndex((batch) => batch.batchId === batchId);
    if (at >= 0) this.#batches.splice(at, 1);
    this.#toConfirm.delete(batchId);
    this.#proven.delete(batchId);
  }

  /** Another lane works the chunks of that order. A newer order of the batch stays. */
  drop({ batchId, run, sequence }: Pick<Order, "batchId" | "run" | "sequence">): void {
    const at = this.#batches.findIndex(
      (batch) => batch.batchId === batchId && batch.run === run && batch.sequence === sequence,
    );
    if (at >= 0) this.#batches.splice(at, 1);
  }

  /** A turn of the batch has held the lane's lease. */
  prove(batchId: string): void {
    this.#proven.add(batchId);
  }

  /** The chunk to work now. It stays in the queue until {@link finish}. */
  next(now: number): NextChunk | undefined {
    const batch = this.#attended.find(({ notBefore, ranges }) => notBefore <= now && ranges.length > 0);
    const range = batch?.ranges[0];
    return batch && range && (this.#worked = { batch, range });
  }

  /** The chunk that {@link next} returned is not worked now. */
  putBack(): void {
    this.#worked = undefined;
  }

  /** When the next batch may have a turn; undefined: none waits. */
  get nextAt(): number | undefined {
    const batches = this.#attended;
    return batches.length === 0 ? undefined : Math.min(...batches.map(({ notBefore }) => notBefore));
  }

  get #attended(): QueuedBatch[] {
    return this.#batches.filter(({ isUnattended }) => !isUnattended);
  }

  /** The accounts of the batches that wait for a worker; undefined: the workers with a token. */
  get unattendedAccounts(): (string | undefined)[] {
    return [...new Set(this.#batches.filter((batch) => batch.isUnattended).map(({ account }) => account))];
  }

  /** Whether a worker of the account is there. The batches of an account without one hold up no other. */
  setAttended(account: string | undefined, isAttended: boolean): void {
    for (const batch of this.#batches) {
      if (batch.account !== account) continue;
      if (isAttended) delete batch.isUnattended;
      else batch.isUnattended = true;
    }
  }

  /**
   * Ends a turn: the chunk leaves the queue if it is done, and its batch goes to the end of the queue.
   * @param waitMs how long the batch waits for its next turn, by the number of its turns that failed in a row; undefined: it
   * has not failed
   */
  finish(
    { batch: { batchId, resumes }, range }: NextChunk,
    isDone: boolean,
    now: number,
    waitMs?: (failedTurns: number) => number,
  ): void {
    this.#worked = undefined;
    const at = this.#batches.findIndex((batch) => batch.batchId === batchId);
    const [batch] = at >= 0 ? this.#batches.splice(at, 1) : [];
    if (!batch) return; // removed during the turn
    if (isDone || range.resolveOnly) batch.ranges = batch.ranges.flatMap((each) => without(each, range));
    // An operator who resumed the batch during the turn does not wait for what the turn met.
    const hasFailed = waitMs !== undefined && batch.resumes === resumes;
    batch.failedTurns = hasFailed ? batch.failedTurns + 1 : 0;
    batch.notBefore = hasFailed ? now + waitMs(batch.failedTurns) : 0;
    if (batch.ranges.length > 0) this.#batches.push(batch);
  }

  /** The orders whose batch has no chunk that is worked now. */
  takeConfirmations(lane: string): { batchId: string; taken: OrderTaken }[] {
    const all = [...this.#toConfirm].map(([batchId, asked]) => {
      const isUnproven = !this.#proven.has(batchId);
      return { batchId, taken: { lane, ...asked, ...(isUnproven && { isUnproven }) } };
    });
    this.#toConfirm.clear();
    return all;
  }
}

/** Orders arrive again within a minute; a lane takes those of few batches in that time. */
const MOST_TAKEN = 100;

type TakenOrder = Pick<Order, "batchId" | "run" | "runStartedAt" | "sequence">;

const takenOrder = ({ batchId, run, runStartedAt, sequence }: TakenOrder): TakenOrder => ({
  batchId,
  run,
  runStartedAt,
  sequence,
});

const NOT_FAILED = { failedTurns: 0, notBefore: 0, isUnattended: undefined };

/** An order of an earlier run is older. Runs that started at the same time are a run and its reset: any order may be newer. */
function isOlder(order: TakenOrder, than: TakenOrder): boolean {
  if (order.run === than.run) return order.sequence <= than.sequence;
  return order.runStartedAt < than.runStartedAt;
}

const isOfSameLane = (a: ChunkRange, b: ChunkRange): boolean => a.lane === b.lane;

/** The range has the chunk, to be worked in the same way. */
function includes(range: ChunkRange, chunk: ChunkRange): boolean {
  return isOfSameLane(range, chunk) && !range.resolveOnly && range.from <= chunk.from && chunk.from < range.to;
}

/** The range without the first chunk of the other one. An order that came meanwhile may ask for more of the chunk. */
function without(range: ChunkRange, worked: ChunkRange): ChunkRange[] {
  const isAffected = isOfSameLane(range, worked) && (range.resolveOnly === true || !worked.resolveOnly);
  if (!isAffected || worked.from < range.from || worked.from >= range.to) return [range];
  return [
    { ...range, to: worked.from },
    { ...range, from: worked.from + 1 },
  ].filter(({ from, to }) => from < to);
}
