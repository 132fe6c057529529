import { whenAborted } from "../wait/abort-signals.ts";
import type { Pace, PaceOptions } from "@caselink/sdk";
import type { OwnRate } from "./batch-rate-limit.ts";
import { OwnMaximum } from "./batch-rate-limiter.ts";
import { PaceLine } from "./permit-queue.ts";

interface Waiter {
  admit(): void;
}

interface BatchShare {
  /** Chunks of the batch that are worked. */
  chunks: number;
  own: OwnMaximum;
  /** Tickets that these chunks have in hand. */
  inHand: number;
  /** Requests that wait for the process's pace. */
  waiters: Set<Waiter>;
}

/** A batch's part of what the process may send, for one chunk. */
export interface BatchPace extends Disposable {
  /** Of each request: the batch's own maximum, and its turn at the process's pace. */
  pace: Pace;
  /** The batch's own maximum alone, for who waits for it before he takes the place of others. */
  ownRate: OwnRate;
}

/** A batch has no more tickets in hand than its own maximum has room for in this time: each takes two requests. */
const IN_HAND_S = 3;
const REQUESTS_PER_TICKET = 2;

/**
 * Divides what the process may send between its batches.
 *
 * They take turns, request by request: each gets an even part of the pace, and what it does not use goes to the others.
 * A batch's own maximum bounds that batch alone.
 */
export class BatchPaces {
  readonly #pace: Pace;
  readonly #clock: Pick<PaceOptions, "now" | "sleep">;
  /** In the order of their turns. */
  readonly #shares = new Map<string, BatchShare>();
  readonly #line: PaceLine;

  /** @param pace the process's: it knows its maximum, and finds out that of the API */
  constructor(pace: Pace, clock: Pick<PaceOptions, "now" | "sleep"> = {}) {
    this.#pace = pace;
    this.#clock = clock;
    this.#line = new PaceLine(pace, () => this.#admitNext());
  }

  /** The batch's pace for one chunk, until it is disposed of. `maxRate` holds for all chunks of the batch from now on. */
  open(batchId: string, maxRate: number | undefined): BatchPace {
    const share = this.#shares.get(batchId) ?? {
      chunks: 0,
      own: new OwnMaximum(this.#clock),
      inHand: 0,
      waiters: new Set(),
    };
    share.chunks++;
    this.#shares.set(batchId, share);
    share.own.maxRate = maxRate;
    return {
      ...this.#openShare(share),
      [Symbol.dispose]: () => {
        share.chunks--;
        if (share.chunks === 0) this.#shares.delete(batchId);
      },
    };
  }

  /** Changes the maximum of a batch that is worked; of another one it is set when it is opened. */
  setMaxRate(batchId: string, maxRate: number | undefined): void {
    const share = this.#shares.get(batchId);
    if (share) share.own.maxRate = maxRate;
  }

  #openShare(share: BatchShare): Pick<BatchPace, "pace" | "ownRate"> {
    const { own } = share;
    let isSpending = false;
    const pace: Pace = {
      acquire: (signal) => {
        if (isSpending || own.maxRate === undefined) return this.#wait(share, signal);
        const patience = signal ? { stop: signal } : {};
        return own.acquire("look", patience).then(() => this.#wait(share, signal));
      },
      noteAnswer: (answer) => {
        this.#pace.noteAnswer(answer);
        // What the API takes is the business of the pace that all share.
        if (own.maxRate !== undefined && answer.httpStatus < 400) own.noteAnswer(answer);
      },
      setMaxRate: (maxRate) => (own.maxRate = maxRate),
    };
    const ownRate: OwnRate = {
      acquire: (urgency, patience) => (own.maxRate === undefined ? undefined : own.acquire(urgency, patience)),
      spend(call) {
        // A call asks for its first request before it waits for anything.
        isSpending = true;
        try {
          return call();
        } finally {
          isSpending = false;
        }
      },
      get isLimited() {
        return own.maxRate !== undefined;
      },
      get hasRoom() {
        return own.maxRate === undefined || share.inHand < (own.maxRate * IN_HAND_S) / REQUESTS_PER_TICKET;
      },
      hold: (tickets) => (share.inHand += tickets),
    };
    return { pace, ownRate };
  }

  #wait(share: BatchShare, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const stay = signal
        ? whenAborted(signal, () => {
            if (share.waiters.delete(waiter)) this.#line.leave();
            reject(signal.reason);
          })
        : undefined;
      const waiter: Waiter = {
        admit() {
          stay?.();
          resolve();
        },
      };
      share.waiters.add(waiter);
      this.#line.join();
    });
  }

  #admitNext(): void {
    const next = this.#next();
    if (!next) return;
    const [batchId, share, waiter] = next;
    share.waiters.delete(waiter);
    this.#line.leave();
    // To the end of the line.
    this.#shares.delete(batchId);
    this.#shares.set(batchId, share);
    waiter.admit();
  }

  #next(): [batchId: string, share: BatchShare, waiter: Waiter] | undefined {
    for (const [batchId, share] of this.#shares) for (const waiter of share.waiters) return [batchId, share, waiter];
    return undefined;
  }
}
