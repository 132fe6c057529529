import type { ConcurrencyLimit } from "../rate/concurrency-limit.ts";
import type { BatchRequests } from "../rate/request-queues.ts";
import type { ChunkRecord } from "./chunk-record.ts";
import { GroupCommit } from "./group-commit.ts";
import type { TicketWork } from "./settle-context.ts";
import type { TicketWorker } from "./ticket-worker.ts";
import type { TurnStop } from "./turn-stop.ts";
import type { ChunkCounts } from "../workflow/contracts.ts";

export interface FreshTicketsOptions {
  worker: TicketWorker;
  record: ChunkRecord;
  turnStop: TurnStop;
  concurrencyLimit: ConcurrencyLimit;
  /** The most tickets that the lane may work at the same time now. */
  maxConcurrency: () => number;
  requests: BatchRequests;
  /** No ticket is started any more. */
  isOver: () => boolean;
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  onProgress: (counts: ChunkCounts) => void;
  /** Does the work on a ticket, perhaps in a span; default: without one. */
  inTicketSpan?: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Results are stored when the last stored ones are this old. A crash costs reading the tickets of the others again. */
const STORE_RESULTS_MS = 3_000;

/**
 * Works the tickets that the turn has not seen, several at the same time.
 *
 * Each ticket is read, waits until its snapshot is stored, and is written to, while other tickets are at other steps.
 */
export class FreshTickets {
  readonly #works: readonly TicketWork[];
  readonly #options: FreshTicketsOptions;
  readonly #snapshots: GroupCommit;
  readonly #inProgress = new Set<Promise<void>>();
  #started = 0;
  #reading = 0;
  #storedAt: number;
  #isStoring = false;
  /** The first error that stops the turn. */
  #failure: { error: unknown } | undefined;

  constructor(works: readonly TicketWork[], options: FreshTicketsOptions) {
    this.#works = works;
    this.#options = options;
    this.#storedAt = options.now();
    this.#snapshots = new GroupCommit({
      store: () => options.record.storeSnapshot(),
      isComplete: () => this.#reading === 0,
      sleep: options.sleep,
    });
  }

  async run(): Promise<void> {
    const { turnStop, concurrencyLimit, worker } = this.#options;
    if (concurrencyLimit.tickets === 0 && this.#hasMore) {
      await this.#workNext();
      if (!turnStop.waitReason) concurrencyLimit.open();
    }
    await this.#workConcurrently();
    worker.ends.deferred += this.#works.length - this.#started;
    if (this.#failure) throw this.#failure.error;
    if (this.#started > 0) await this.#storeResults();
  }

  get #hasMore(): boolean {
    return this.#started < this.#works.length && !this.#failure && !this.#options.isOver();
  }

  /** A batch with a low maximum rate works few tickets at the same time, and each lane at least one. */
  get #mayStart(): boolean {
    const { concurrencyLimit, maxConcurrency, requests } = this.#options;
    const { size } = this.#inProgress;
    if (size >= concurrencyLimit.tickets || !this.#hasMore) return false;
    return size === 0 || (size < maxConcurrency() && requests.hasRoom);
  }

  /** Resolves when no ticket is in progress and none may start. */
  #workConcurrently(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const advance = (): void => {
      while (this.#mayStart) this.#start(advance);
      if (this.#inProgress.size === 0) resolve();
    };
    advance();
    return promise;
  }

  #start(onEnd: () => void): void {
    const { requests } = this.#options;
    requests.ticketStarted();
    const ticket = this.#workNext().finally(() => {
      requests.ticketFinished();
      this.#inProgress.delete(ticket);
      onEnd();
    });
    this.#inProgress.add(ticket);
  }

  /** Never rejects: an error stops the turn after all tickets in progress have ended. */
  async #workNext(): Promise<void> {
    const { now, inTicketSpan } = this.#options;
    const work = this.#works[this.#started++] as TicketWork;
    const startedAt = now();
    try {
      const isSettled = await (inTicketSpan ? inTicketSpan(() => this.#settle(work)) : this.#settle(work));
      if (isSettled) await this.#finish(now() - startedAt);
    } catch (error) {
      this.#failure ??= { error };
      this.#snapshots.flushIfReady();
    }
  }

  /** False if the ticket could not be read. */
  async #settle(work: TicketWork): Promise<boolean> {
    const { worker, record } = this.#options;
    this.#reading++;
    const seen = await worker.read(work).finally(() => this.#reading--);
    if (!seen) {
      this.#snapshots.flushIfReady();
      return false;
    }
    record.addToSnapshot(work.ticket, seen);
    await this.#snapshots.join();
    await worker.settle(work, seen);
    return true;
  }

  async #finish(tookMs: number): Promise<void> {
    const { concurrencyLimit, requests, now } = this.#options;
    concurrencyLimit.ticketTook(tookMs, requests.isLimited);
    if (!this.#isStoring && now() - this.#storedAt >= STORE_RESULTS_MS) await this.#storeResults();
  }

  async #storeResults(): Promise<void> {
    const { record, now, onProgress } = this.#options;
    this.#isStoring = true;
    this.#storedAt = now();
    await record.storeResults().finally(() => (this.#isStoring = false));
    onProgress(record.countsSinceStart());
  }
}
