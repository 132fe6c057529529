import { untilAborted } from "../../src/wait/abort-signals.ts";

interface Timer {
  at: number;
  order: number;
  wake: () => void;
}

/** A run with more steps goes in a circle. */
const MOST_STEPS = 200_000;

/** Time that passes only when everything waits: a run of hours takes milliseconds and is the same each time. */
export class VirtualClock {
  #now = 0;
  #order = 0;
  readonly #timers = new TimerHeap();

  readonly now = (): number => this.#now;

  /** Whole milliseconds, as on a real clock: a smaller part would be lost in a large time, and a wait for it never end. */
  readonly sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal) void untilAborted(signal).then(resolve);
      this.#timers.add({ at: this.#now + Math.ceil(Math.max(0, milliseconds)), order: this.#order++, wake: resolve });
    });

  /** Lets time pass until the work is done. Throws if it waits for nothing, goes in a circle, or takes longer than `longestMs`. */
  async run<Result>(work: Promise<Result>, longestMs = Number.POSITIVE_INFINITY): Promise<Result> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    let steps = 0;
    const step = (): void => {
      if (isDone) return resolve();
      if (++steps > MOST_STEPS) return reject(new Error(`at ${this.#now} ms ${MOST_STEPS} timers have gone off`));
      const next = this.#timers.takeEarliest();
      if (!next) return reject(new Error(`at ${this.#now} ms everything waits, and nothing else will happen`));
      if (next.at > longestMs) return reject(new Error(`after ${longestMs} ms the work is not done`));
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      whenAllWaits(step);
    };
    whenAllWaits(step);
    await over;
    return work;
  }
}

/** Calls back when everything that needs no time has run: Node runs a tick that a microtask asks for after all microtasks. */
function whenAllWaits(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback));
}

/** The earliest timer is the first; of those at the same time, the one that was added first. */
class TimerHeap {
  readonly #timers: Timer[] = [];

  add(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    timers.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = timers[parent] as Timer;
      if (!isBefore(timer, other)) break;
      timers[at] = other;
      at = parent;
    }
    timers[at] = timer;
  }

  takeEarliest(): Timer | undefined {
    const timers = this.#timers;
    const [earliest] = timers;
    const last = timers.pop();
    if (!last || timers.length === 0) return earliest;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && isBefore(timers[child + 1] as Timer, timers[child] as Timer)) child++;
      const other = timers[child] as Timer;
      if (!isBefore(other, last)) break;
      timers[at] = other;
      at = child;
    }
    timers[at] = last;
    return earliest;
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

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
