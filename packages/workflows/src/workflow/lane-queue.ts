import type { ChunkRange, LaneStateData, MaxRate, Offer, WaitingBatch } from "./contracts.ts";

/** The chunk that a lane works next. */
export interface NextChunk {
  batch: WaitingBatch;
  index: number;
  /** The chunk's own lane, if the shared lane works it. */
  lane?: string;
}

/**
 * The batches that wait in a lane. They take turns, so a big batch cannot starve a small one.
 * Pure data and no clock: workflow code.
 */
export class LaneQueue {
  readonly #batches: WaitingBatch[];
  readonly #offers: Record<string, number>;

  constructor(state?: LaneStateData) {
    this.#batches = state?.batches ?? [];
    this.#offers = state?.offers ?? {};
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  get hasWork(): boolean {
    return this.#batches.some(canBeWorked);
  }

  data(): Pick<LaneStateData, "batches" | "offers"> {
    return { batches: this.#batches, offers: this.#offers };
  }

  /** Adds the chunks of an offer. An offer that came before (a signal sent twice) changes nothing. */
  add(offer: Offer): void {
    if (offer.offer <= (this.#offers[offer.batchId] ?? -1)) return;
    this.#offers[offer.batchId] = offer.offer;
    const waiting = this.#batches.find((batch) => batch.batchId === offer.batchId);
    const { batchId, kind, account, giveUpAfterMs, ranges, maxRate } = offer;
    const common = { batchId, kind, giveUpAfterMs, ...(account !== undefined && { account }) };
    if (waiting) waiting.ranges.push(...ranges);
    else this.#batches.push({ ...common, isPaused: false, resumes: 0, ranges: [...ranges] });
    if (maxRate !== undefined) this.setMaxRate(batchId, maxRate);
  }

  setMaxRate(batchId: string, maxRate: MaxRate): void {
    for (const batch of this.#batches) if (batch.batchId === batchId) batch.maxRate = maxRate;
  }

  /** Removes all chunks of a batch. */
  remove(batchId: string): void {
    const at = this.#batches.findIndex((batch) => batch.batchId === batchId);
    if (at >= 0) this.#batches.splice(at, 1);
    delete this.#offers[batchId];
  }

  pause(batchId: string): void {
    this.#setPaused(batchId, true);
  }

  resume(batchId: string): void {
    this.#setPaused(batchId, false);
    for (const batch of this.#batches) {
      if (batch.batchId !== batchId) continue;
      batch.resumes++;
      delete batch.isUnattended;
    }
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

  /** The chunk to work next. It stays in the queue until {@link finish}. */
  next(): NextChunk | undefined {
    const batch = this.#batches.find(canBeWorked);
    const range = batch?.ranges[0];
    if (!batch || !range) return undefined;
    return { batch, index: range.from, ...(range.lane !== undefined && { lane: range.lane }) };
  }

  /** Ends a turn: the chunk leaves the queue if it is done, and its batch goes to the end of the queue. */
  finish({ batch, index }: NextChunk, isDone: boolean): void {
    const at = this.#batches.indexOf(batch);
    if (at < 0) return; // removed during the turn
    this.#batches.splice(at, 1);
    if (isDone) dropFirst(batch.ranges, index);
    if (batch.ranges.length > 0) this.#batches.push(batch);
    else delete this.#offers[batch.batchId];
  }

  #setPaused(batchId: string, isPaused: boolean): void {
    for (const batch of this.#batches) if (batch.batchId === batchId) batch.isPaused = isPaused;
  }
}

const canBeWorked = (batch: WaitingBatch): boolean => !batch.isPaused && !batch.isUnattended;

function dropFirst(ranges: ChunkRange[], index: number): void {
  const first = ranges[0];
  if (first?.from !== index) return;
  if (index + 1 >= first.to) ranges.shift();
  else ranges[0] = { ...first, from: index + 1 };
}
