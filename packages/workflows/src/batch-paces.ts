import { createPace, type Pace, type PaceOptions } from "@caselink/sdk";

interface Waiter {
  admit(): void;
}

interface BatchShare {
  /** Chunks of the batch that are worked. */
  chunks: number;
  /** Requests a second; undefined: no maximum of its own. */
  maxRate: number | undefined;
  /** Holds the batch to its own maximum. */
  own: Pace;
  /** Requests that wait for the process's pace. */
  waiters: Set<Waiter>;
}

/** More than a pace lets go within a millisecond. */
const ASKED_AT_ONCE = 32;

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
  #waiting = 0;
  /** Requests that the process's pace was asked for and has not let go yet. */
  #asked = 0;

  /** @param pace the process's: it knows its maximum, and finds out that of the API */
  constructor(pace: Pace, clock: Pick<PaceOptions, "now" | "sleep"> = {}) {
    this.#pace = pace;
    this.#clock = clock;
  }

  /** The batch's pace for one chunk, until it is disposed of. `maxRate` holds for all chunks of the batch from now on. */
  open(batchId: string, maxRate: number | undefined): { pace: Pace } & Disposable {
    const share = this.#shares.get(batchId) ?? {
      chunks: 0,
      maxRate: undefined,
      own: createPace(this.#clock),
      waiters: new Set(),
    };
    share.chunks++;
    this.#shares.set(batchId, share);
    setMaxRate(share, maxRate);
    return {
      pace: this.#paceOf(share),
      [Symbol.dispose]: () => {
        share.chunks--;
        if (share.chunks === 0) this.#shares.delete(batchId);
      },
    };
  }

  /** Changes the maximum of a batch that is worked; of another one it is set when it is opened. */
  setMaxRate(batchId: string, maxRate: number | undefined): void {
    const share = this.#shares.get(batchId);
    if (share) setMaxRate(share, maxRate);
  }

  #paceOf(share: BatchShare): Pace {
    return {
      acquire: async (signal) => {
        if (share.maxRate !== undefined) await share.own.acquire(signal);
        await this.#wait(share, signal);
      },
      noteAnswer: (answer) => {
        this.#pace.noteAnswer(answer);
        // What the API takes is the business of the pace that all share.
        if (share.maxRate !== undefined && answer.httpStatus < 400) share.own.noteAnswer(answer);
      },
      setMaxRate: (maxRate) => setMaxRate(share, maxRate),
    };
  }

  #wait(share: BatchShare, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (share.waiters.delete(waiter)) this.#waiting--;
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        admit() {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      share.waiters.add(waiter);
      this.#waiting++;
      this.#askForMore();
    });
  }

  /**
   * Asks the process's pace for as many requests as there are waiters, up to a bound. Whose each is, is decided when it may
   * start. Asked for one by one, each would cost a timer of a millisecond.
   */
  #askForMore(): void {
    while (this.#asked < Math.min(this.#waiting, ASKED_AT_ONCE)) {
      this.#asked++;
      void this.#ask();
    }
  }

  async #ask(): Promise<void> {
    await this.#pace.acquire();
    this.#asked--;
    this.#admitNext();
    this.#askForMore();
  }

  #admitNext(): void {
    const next = this.#next();
    if (!next) return;
    const [batchId, share, waiter] = next;
    share.waiters.delete(waiter);
    this.#waiting--;
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

function setMaxRate(share: BatchShare, maxRate: number | undefined): void {
  if (share.maxRate === maxRate) return;
  share.maxRate = maxRate;
  share.own.setMaxRate(maxRate);
}
