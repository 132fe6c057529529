import type { TurnSignals } from "../rate/batch-queue.ts";

export interface TurnDeadlineOptions {
  budgetMs: number;
  /** Aborted when the turn has to end immediately. */
  stop: AbortSignal;
  /** False once this attempt must not write any more: it lost its lease, or the API does not work. */
  mayWrite: () => boolean;
  now: () => number;
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** The end of an attempt: when it starts no further ticket, sends no further write and ends its waits. */
export class TurnDeadline implements TurnSignals, Disposable {
  readonly #options: TurnDeadlineOptions;
  readonly #over = new AbortController();
  /** Aborted when no one waits for the end of the turn any more. */
  #isWatched: AbortController | undefined;
  readonly #startedAt: number;

  constructor(options: TurnDeadlineOptions) {
    this.#options = options;
    this.#startedAt = options.now();
  }

  /** No ticket is started any more. One that is started continues. */
  readonly isOver = (): boolean => this.isStopping() || this.#leftMs === 0;

  /** No write is sent any more. An attempt without a budget only resolves ambiguous writes. */
  readonly isStopping = (): boolean => this.stop.aborted || !this.#options.mayWrite() || this.#options.budgetMs === 0;

  /** 0 also if the clock was put back: it does not show how much time has passed. */
  get #leftMs(): number {
    const { now, budgetMs } = this.#options;
    const passedMs = now() - this.#startedAt;
    return passedMs < 0 ? 0 : Math.max(0, budgetMs - passedMs);
  }

  /** Aborted when the budget is spent. Most turns have no request that waits so long, and set no timer. */
  get over(): AbortSignal {
    if (!this.#isWatched) {
      this.#isWatched = new AbortController();
      void this.#endWaitsInTime(AbortSignal.any([this.stop, this.#isWatched.signal]));
    }
    return this.#over.signal;
  }

  get stop(): AbortSignal {
    return this.#options.stop;
  }

  endWaits(): void {
    this.#over.abort();
  }

  async #endWaitsInTime(ended: AbortSignal): Promise<void> {
    await this.#options.sleep(this.#leftMs, ended);
    this.endWaits();
  }

  [Symbol.dispose](): void {
    this.#isWatched?.abort();
  }
}
