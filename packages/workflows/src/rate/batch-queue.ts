import type { ApiOperation } from "@caselink/sdk";
import { whenAborted } from "../wait/abort-signals.ts";
import { UnsentError } from "../chunk/verdict.ts";
import { MaxRate } from "./max-rate.ts";

/**
 * The purpose of a request, the most urgent first.
 *
 * - `again`: a further request of a call, which has its request slot
 * - `resolve`: finds out whether a write was executed
 * - `write`: for a ticket that was read
 * - `start`: the first read of a ticket
 */
export type RequestPriority = "again" | "resolve" | "write" | "start";

const PRIORITIES: readonly RequestPriority[] = ["again", "resolve", "write", "start"];

/** The signals that end the wait of a request that was not sent yet. */
export interface TurnSignals {
  /**
   * Aborted when the turn of a batch with a maximum rate is over. A read of an ambiguous write continues to wait, and so does
   * the write that is next.
   */
  over: AbortSignal;
  /** Aborted when the turn has to end immediately. */
  stop: AbortSignal;
}

/** A request that waits. */
export interface Waiter {
  readonly priority: RequestPriority;
  readonly operation: ApiOperation | undefined;
  readonly admit: () => void;
  readonly reject: (reason: unknown) => void;
  /** The request leaves the queue if its turn is over. */
  readonly leaveIfOver: () => void;
}

/** A batch has no more tickets in progress than its own maximum allows in this time; each takes two requests. */
const IN_PROGRESS_S = 3;
const REQUESTS_PER_TICKET = 2;

/** The requests of a batch that wait, and its own maximum rate. */
export class BatchQueue {
  /** Chunks of the batch in progress. */
  chunks = 0;
  /** Tickets of these chunks in progress. */
  tickets = 0;
  #maxRate: MaxRate | undefined;
  #size = 0;
  readonly #waiting = Object.fromEntries(
    PRIORITIES.map((priority) => [priority, new Map<ApiOperation | undefined, Set<Waiter>>()]),
  ) as Record<RequestPriority, Map<ApiOperation | undefined, Set<Waiter>>>;

  get size(): number {
    return this.#size;
  }

  /** Undefined: no maximum. */
  get maxRate(): MaxRate | undefined {
    return this.#maxRate;
  }

  /** Requests per second; undefined: no maximum. */
  setMaxRate(rate: number | undefined): void {
    if (rate === this.#maxRate?.rate) return;
    this.#maxRate = rate === undefined ? undefined : new MaxRate(rate);
    for (const waiter of this.#all()) waiter.leaveIfOver();
  }

  /** One more ticket may be in progress: the maximum allows its requests within the next seconds. */
  get hasRoom(): boolean {
    return !this.#maxRate || this.tickets < (this.#maxRate.rate * IN_PROGRESS_S) / REQUESTS_PER_TICKET;
  }

  /** Waits for {@link Waiter.admit}. Rejects with an UnsentError if a signal ends the wait. */
  join(
    priority: RequestPriority,
    operation: ApiOperation | undefined,
    { over, stop }: Partial<TurnSignals>,
    onLeave: () => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (stop?.aborted) return reject(new UnsentError());
      const end = (): void => {
        this.#remove(waiter);
        stopListening?.();
        stopListeningToEnd?.();
      };
      const leave = (): void => {
        end();
        reject(new UnsentError());
        onLeave();
      };
      const waiter: Waiter = {
        priority,
        operation,
        admit: () => {
          end();
          resolve();
        },
        reject: (reason) => {
          end();
          reject(reason);
        },
        leaveIfOver: () => {
          const mayStay = priority === "again" || priority === "resolve" || this.#maxRate === undefined;
          // At the lowest rates a turn is shorter than the time between two requests: if the next write left the queue, its
          // ticket would be read in vain, turn after turn.
          if (over?.aborted && !mayStay && (priority !== "write" || this.#first !== waiter)) leave();
        },
      };
      const waitersOf = this.#waiting[priority];
      const waiters = waitersOf.get(operation) ?? new Set();
      waitersOf.set(operation, waiters.add(waiter));
      this.#size++;
      const stopListening = stop && whenAborted(stop, leave);
      const stopListeningToEnd = over && whenAborted(over, waiter.leaveIfOver);
      waiter.leaveIfOver();
    });
  }

  /** The first waiter, by priority, whose operation may be sent. */
  next(mayTake: (priority: RequestPriority, operation: ApiOperation | undefined) => boolean): Waiter | undefined {
    if (this.#size === 0) return undefined;
    for (const priority of PRIORITIES)
      for (const [operation, waiters] of this.#waiting[priority])
        for (const waiter of waiters) {
          if (mayTake(priority, operation)) return waiter;
          break;
        }
    return undefined;
  }

  *#all(): Generator<Waiter> {
    for (const priority of PRIORITIES) for (const waiters of this.#waiting[priority].values()) yield* waiters;
  }

  /** Waiting requests, by priority and operation. */
  *counts(): Generator<[priority: RequestPriority, operation: ApiOperation | undefined, count: number]> {
    for (const priority of PRIORITIES)
      for (const [operation, { size }] of this.#waiting[priority]) if (size > 0) yield [priority, operation, size];
  }

  rejectAll(operation: ApiOperation | undefined, reason: unknown): void {
    for (const priority of PRIORITIES)
      for (const waiter of this.#waiting[priority].get(operation) ?? []) waiter.reject(reason);
  }

  get #first(): Waiter | undefined {
    return this.next(() => true);
  }

  #remove(waiter: Waiter): void {
    if (this.#waiting[waiter.priority].get(waiter.operation)?.delete(waiter)) this.#size--;
  }
}
