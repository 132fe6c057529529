import type { ApiOperation, RateLimiter } from "@caselink/sdk";
import type { WaitingRequests } from "../observe/engine-metrics.ts";
import { sleep as realSleep } from "../wait/sleep.ts";
import { BatchQueue, type RequestPriority, type TurnSignals, type Waiter } from "./batch-queue.ts";

/** The queue of a batch, for one turn of a chunk. */
export interface BatchRequests extends Disposable {
  /** For the SDK's client: the first request of a call has its permit, and others wait in the queue. */
  readonly rateLimiter: RateLimiter;
  /**
   * Takes a request slot for a call, and a permit for its first request. Undefined: it has them; else they are waited for.
   * Rejects with an UnsentError if a signal ends the wait, or with a LongWaitError. `leave` gives the slot back.
   */
  enter(priority: RequestPriority, operation: ApiOperation, signals: TurnSignals): Promise<void> | undefined;
  leave(): void;
  /** Makes a call that has its permit. */
  withPermit<Result>(call: () => Result): Result;
  /** The batch has a maximum of its own. */
  readonly isLimited: boolean;
  /** One more ticket may be in progress: the maximum allows its requests within the next seconds. */
  readonly hasRoom: boolean;
  ticketStarted(): void;
  ticketFinished(): void;
}

export interface RequestQueuesOptions {
  /** Calls at the same time. */
  slots: number;
  /** Milliseconds on a clock that never goes back; default `performance.now`. */
  now?: () => number;
  sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

const GRANTED = Promise.resolve();

/** A permit that the limiter gave out just now. */
interface Given {
  operation: ApiOperation | undefined;
}

interface Alarm {
  /** When the next request may start. */
  at: number;
  end: AbortController;
}

/** More permits than a rate limiter gives out within a millisecond. Those asked for one by one would each cost a timer. */
const MOST_ASKED = 32;

/**
 * The requests of a process that wait, in one queue for each batch: for the batch's own maximum rate, for a request slot, and
 * for the rate that all share. The batches take turns.
 */
export class RequestQueues {
  readonly #limiter: RateLimiter;
  readonly #now: () => number;
  readonly #sleep: NonNullable<RequestQueuesOptions["sleep"]>;
  /** In the order of their turns. */
  readonly #batches = new Map<string, BatchQueue>();
  /** Permits that the limiter was asked for and has not given. */
  readonly #asked = new Map<ApiOperation | undefined, number>();
  #freeSlots: number;
  /** Waits for the maximum rate of a batch. */
  #alarm: Alarm | undefined;

  /** @param limiter the process's: it knows the process's maximum, and finds the API's limit */
  constructor(limiter: RateLimiter, { slots, now = () => performance.now(), sleep = realSleep }: RequestQueuesOptions) {
    this.#limiter = limiter;
    this.#freeSlots = slots;
    this.#now = now;
    this.#sleep = sleep;
  }

  /** The queue of the batch for one turn, until it is disposed of. `maxRate` holds for all its turns from now on. */
  open(batchId: string, maxRate?: number): BatchRequests {
    const batch = this.#batches.get(batchId) ?? new BatchQueue();
    this.#batches.set(batchId, batch);
    batch.chunks++;
    this.setMaxRate(batchId, maxRate);
    let hasPermit = false;
    return {
      rateLimiter: {
        acquire: (stop, operation) =>
          hasPermit ? GRANTED : (this.#enter(batch, "again", operation, stop && { stop }) ?? GRANTED),
        recordResponse: (feedback) => this.#limiter.recordResponse(feedback),
        setMaxRate: (rate) => this.setMaxRate(batchId, rate),
      },
      enter: (priority, operation, signals) => this.#enter(batch, priority, operation, signals),
      leave: () => {
        this.#freeSlots++;
        this.#advance();
      },
      withPermit(call) {
        // The client asks for the permit of the first request before it waits for anything.
        hasPermit = true;
        try {
          return call();
        } finally {
          hasPermit = false;
        }
      },
      get isLimited() {
        return batch.maxRate !== undefined;
      },
      get hasRoom() {
        return batch.hasRoom;
      },
      ticketStarted: () => batch.tickets++,
      ticketFinished: () => batch.tickets--,
      [Symbol.dispose]: () => {
        if (--batch.chunks === 0) this.#batches.delete(batchId);
      },
    };
  }

  /** Changes the maximum of a batch in progress. For another batch, `open` sets it. */
  setMaxRate(batchId: string, maxRate: number | undefined): void {
    this.#batches.get(batchId)?.setMaxRate(maxRate);
    this.#advance();
  }

  /** The requests that wait now, by operation and by what they wait for. */
  waiting(): WaitingRequests[] {
    const counts = new Map<string, WaitingRequests>();
    for (const batch of this.#batches.values()) {
      const isDue = this.#isDue(batch);
      for (const [priority, operation, count] of batch.counts()) {
        const waitsFor = !isDue ? "batch-rate" : this.#hasSlot(priority) ? "limit" : "slot";
        const key = `${operation ?? ""} ${waitsFor}`;
        counts.set(key, { operation, waitsFor, count: (counts.get(key)?.count ?? 0) + count });
      }
    }
    return [...counts.values()];
  }

  #enter(
    batch: BatchQueue,
    priority: RequestPriority,
    operation: ApiOperation | undefined,
    signals: Partial<TurnSignals> = {},
  ): Promise<void> | undefined {
    // No one waits, and nothing stands in its way: nearly all requests of most batches.
    if (!this.#hasWaiters && !signals.stop?.aborted && this.#mayTake(batch, priority, operation)) {
      this.#start(batch, priority);
      return undefined;
    }
    const admitted = batch.join(priority, operation, signals, () => this.#advance());
    this.#advance();
    return admitted;
  }

  get #hasWaiters(): boolean {
    for (const batch of this.#batches.values()) if (batch.size > 0) return true;
    return false;
  }

  #isDue = ({ maxRate }: BatchQueue): boolean => maxRate === undefined || maxRate.dueAt <= this.#now();
  #hasSlot = (priority: RequestPriority): boolean => priority === "again" || this.#freeSlots > 0;

  /** True if a request may start; it has its permit then. */
  #mayTake(batch: BatchQueue, priority: RequestPriority, operation: ApiOperation | undefined, given?: Given): boolean {
    if (!this.#hasSlot(priority) || !this.#isDue(batch)) return false;
    return (given !== undefined && given.operation === operation) || (this.#limiter.tryAcquire?.(operation) ?? false);
  }

  #start(batch: BatchQueue, priority: RequestPriority): void {
    batch.maxRate?.recordStart(this.#now());
    if (priority !== "again") this.#freeSlots--;
  }

  /** Starts every request that may start now, asks for permits, and waits for the next maximum that allows a request. */
  #advance(given?: Given): void {
    if (!this.#hasWaiters && !this.#alarm) return;
    let left = given;
    for (let next = this.#next(left); next; next = this.#next(left)) {
      const [batchId, batch, waiter] = next;
      if (left?.operation === waiter.operation) left = undefined;
      this.#start(batch, waiter.priority);
      // To the end of the queue.
      this.#batches.delete(batchId);
      this.#batches.set(batchId, batch);
      waiter.admit();
    }
    this.#askForPermits();
    this.#setAlarm();
  }

  #next(given?: Given): [batchId: string, batch: BatchQueue, waiter: Waiter] | undefined {
    for (const [batchId, batch] of this.#batches) {
      const waiter = batch.next((priority, operation) => this.#mayTake(batch, priority, operation, given));
      if (waiter) return [batchId, batch, waiter];
    }
    return undefined;
  }

  /** As many permits as requests wait for nothing else. */
  #askForPermits(): void {
    const wanted = new Map<ApiOperation | undefined, number>();
    for (const batch of this.#batches.values()) {
      if (batch.size === 0 || !this.#isDue(batch)) continue;
      for (const [priority, operation, count] of batch.counts()) {
        if (!this.#hasSlot(priority)) continue;
        const most = batch.maxRate ? 1 : priority === "again" ? count : this.#freeSlots;
        wanted.set(operation, (wanted.get(operation) ?? 0) + Math.min(count, most));
      }
    }
    for (const [operation, count] of wanted)
      while ((this.#asked.get(operation) ?? 0) < Math.min(count, MOST_ASKED)) void this.#askForPermit(operation);
  }

  async #askForPermit(operation: ApiOperation | undefined): Promise<void> {
    this.#countAsked(operation, 1);
    try {
      await this.#limiter.acquire(undefined, operation);
    } catch (reason) {
      this.#countAsked(operation, -1);
      for (const batch of this.#batches.values()) batch.rejectAll(operation, reason);
      return;
    }
    this.#countAsked(operation, -1);
    this.#advance({ operation });
  }

  #countAsked(operation: ApiOperation | undefined, change: number): void {
    this.#asked.set(operation, (this.#asked.get(operation) ?? 0) + change);
  }

  #setAlarm(): void {
    let at = Number.POSITIVE_INFINITY;
    for (const { size, maxRate } of this.#batches.values()) {
      if (size > 0 && maxRate && maxRate.dueAt > this.#now()) at = Math.min(at, maxRate.dueAt);
    }
    if (at === (this.#alarm?.at ?? Number.POSITIVE_INFINITY)) return;
    this.#alarm?.end.abort();
    this.#alarm = undefined;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#alarm = { at, end: new AbortController() };
    void this.#ring(this.#alarm);
  }

  async #ring(alarm: Alarm): Promise<void> {
    await this.#sleep(Math.ceil(alarm.at - this.#now()), alarm.end.signal);
    if (this.#alarm !== alarm) return;
    this.#alarm = undefined;
    this.#advance();
  }
}
