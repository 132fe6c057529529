import type { ChunkRange, LaneCarried, MaxRate, Offer, WaitingBatch } from "./contracts.ts";

/** The chunk that a lane works next. */
export interface NextChunk {
  batch: WaitingBatch;
  index: number;
}

/**
 * The batches that wait in a lane, taken in turns so that a big batch cannot starve a small one.
 * Pure data and no clock: workflow code.
 */
export class LaneQueue {
  readonly #batches: WaitingBatch[];
  readonly #offers: Record<string, number>;

  constructor(carried?: LaneCarried) {
    this.#batches = carried?.batches ?? [];
    this.#offers = carried?.offers ?? {};
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  get hasWork(): boolean {
    return this.#batches.some((batch) => !batch.held);
  }

  carried(): Pick<LaneCarried, "batches" | "offers"> {
    return { batches: this.#batches, offers: this.#offers };
  }

  /** Takes an offer; one that came before (a signal sent twice) changes nothing. */
  take(offer: Offer): void {
    if (offer.offer <= (this.#offers[offer.batchId] ?? -1)) return;
    this.#offers[offer.batchId] = offer.offer;
    const waiting = this.#batches.find((batch) => batch.batchId === offer.batchId);
    const { batchId, kind, giveUpAfterMs, ranges, maxRate } = offer;
    if (waiting) waiting.ranges.push(...ranges);
    else this.#batches.push({ batchId, kind, giveUpAfterMs, held: false, wakes: 0, ranges: [...ranges] });
    if (maxRate !== undefined) this.setRate(batchId, maxRate);
  }

  setRate(batchId: string, maxRate: MaxRate): void {
    for (const batch of this.#batches) if (batch.batchId === batchId) batch.maxRate = maxRate;
  }

  /** Drops all that waits for a batch. */
  withdraw(batchId: string): void {
    const at = this.#batches.findIndex((batch) => batch.batchId === batchId);
    if (at >= 0) this.#batches.splice(at, 1);
    delete this.#offers[batchId];
  }

  hold(batchId: string): void {
    this.#setHeld(batchId, true);
  }

  release(batchId: string): void {
    this.#setHeld(batchId, false);
    for (const batch of this.#batches) if (batch.batchId === batchId) batch.wakes++;
  }

  /** The chunk to work next. It stays in the queue until {@link finish}. */
  next(): NextChunk | undefined {
    const batch = this.#batches.find((candidate) => !candidate.held);
    const range = batch?.ranges[0];
    return batch && range ? { batch, index: range.from } : undefined;
  }

  /** Ends a turn: the chunk leaves the queue where it is done, and its batch goes to the end of the line. */
  finish({ batch, index }: NextChunk, isDone: boolean): void {
    const at = this.#batches.indexOf(batch);
    if (at < 0) return; // withdrawn during the turn
    this.#batches.splice(at, 1);
    if (isDone) dropFirst(batch.ranges, index);
    if (batch.ranges.length > 0) this.#batches.push(batch);
    else delete this.#offers[batch.batchId];
  }

  #setHeld(batchId: string, held: boolean): void {
    for (const batch of this.#batches) if (batch.batchId === batchId) batch.held = held;
  }
}

function dropFirst(ranges: ChunkRange[], index: number): void {
  const first = ranges[0];
  if (first?.from !== index) return;
  if (index + 1 >= first.to) ranges.shift();
  else ranges[0] = { from: index + 1, to: first.to };
}
