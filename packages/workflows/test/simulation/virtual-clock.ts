/** Time that passes only when everything waits: a run of hours takes milliseconds and is the same each time. */
export class VirtualClock {
  #now = 0;
  #order = 0;
  readonly #timers: { at: number; order: number; wake: () => void }[] = [];

  readonly now = (): number => this.#now;

  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.#timers.push({ at: this.#now + Math.max(0, milliseconds), order: this.#order++, wake: resolve });
    });

  /** Lets time pass until the work is done. Throws if it waits for nothing, or takes longer than `longestMs`. */
  async run<Result>(work: Promise<Result>, longestMs = Number.POSITIVE_INFINITY): Promise<Result> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    for (;;) {
      await drain();
      if (isDone) return work;
      const next = this.#takeEarliest();
      if (!next) throw new Error(`at ${this.#now} ms everything waits, and nothing else will happen`);
      if (next.at > longestMs) throw new Error(`after ${longestMs} ms the work is not done`);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }

  #takeEarliest() {
    let earliest = 0;
    for (let i = 1; i < this.#timers.length; i++) {
      const [a, b] = [this.#timers[i], this.#timers[earliest]];
      if (a && b && (a.at < b.at || (a.at === b.at && a.order < b.order))) earliest = i;
    }
    return this.#timers.splice(earliest, 1)[0];
  }
}

/** Resolves when everything that needs no time has run. */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Wakes those who wait for something to happen. */
export class Bell {
  #ring = Promise.withResolvers<undefined>();

  ring(): void {
    this.#ring.resolve(undefined);
    this.#ring = Promise.withResolvers<undefined>();
  }

  wait(): Promise<undefined> {
    return this.#ring.promise;
  }
}

export const never = <Result = never>(): Promise<Result> => new Promise<Result>(() => undefined);
