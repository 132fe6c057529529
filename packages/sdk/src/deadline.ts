import type { Cancellation } from "./transport.ts";

/** Settles like the promise, or rejects with the reason as soon as the cancellation ends. The promise itself continues. */
export function untilCancelled<Value>(pending: Promise<Value>, cancellation: Cancellation): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(cancellation.reason);
    if (cancellation.reason !== undefined) onEnd();
    cancellation.addEventListener("abort", onEnd);
    pending.then(resolve, reject).finally(() => cancellation.removeEventListener("abort", onEnd));
  });
}

/** The deadlines of one duration, in the order in which they end. All of them share one timer. */
interface Queue {
  readonly timeoutMs: number;
  readonly deadlines: Set<Deadline>;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const queues = new Map<number, Queue>();

function arm(queue: Queue, timeoutMs: number): void {
  // The maximum of a timer is 2^31 - 1.
  if (timeoutMs < 2 ** 31)
    queue.timer = setTimeout(() => {
      queue.timer = undefined;
      for (const deadline of queue.deadlines) {
        const leftMs = deadline.endsAt - performance.now();
        if (leftMs > 0) return arm(queue, leftMs);
        deadline.expire();
      }
    }, timeoutMs);
}

/**
 * Ends an attempt or a whole call when its time is over or the caller aborts. It costs less than AbortSignal.any and
 * AbortSignal.timeout, because it creates a real AbortSignal only when one is read.
 */
export class Deadline implements Cancellation {
  reason: unknown;
  /** Why it ended; undefined before. */
  ended: "timeout" | "aborted" | undefined;
  readonly endsAt: number;
  readonly #listeners = new Set<() => void>();
  #controller: AbortController | undefined;
  #onOuterAbort: (() => void) | undefined;
  readonly #queue: Queue;
  readonly #outer: AbortSignal | Deadline | undefined;

  constructor(timeoutMs: number, outer: AbortSignal | Deadline | undefined) {
    this.endsAt = performance.now() + timeoutMs;
    const queue = queues.get(timeoutMs) ?? { timeoutMs, deadlines: new Set(), timer: undefined };
    this.#queue = queue;
    queues.set(timeoutMs, queue);
    queue.deadlines.add(this);
    if (queue.timer === undefined) arm(queue, timeoutMs);
    if (outer === undefined) return;
    this.#outer = outer;
    const onAbort = () => this.#end((outer instanceof Deadline && outer.ended) || "aborted", outer.reason);
    if (outer instanceof Deadline ? outer.ended : outer.aborted) onAbort();
    this.#onOuterAbort = onAbort;
    outer.addEventListener("abort", onAbort);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.ended) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Must be called; otherwise the timer keeps running. */
  clear(): void {
    const queue = this.#queue;
    queue.deadlines.delete(this);
    if (queue.deadlines.size === 0) {
      clearTimeout(queue.timer);
      queues.delete(queue.timeoutMs);
    }
    if (this.#onOuterAbort) this.#outer?.removeEventListener("abort", this.#onOuterAbort);
  }

  expire(): void {
    this.clear();
    this.#end("timeout", new DOMException(`No response within ${this.#queue.timeoutMs} ms.`, "TimeoutError"));
  }

  #end(ended: "timeout" | "aborted", reason: unknown): void {
    if (this.ended) return;
    this.reason = reason;
    this.ended = ended;
    this.#controller?.abort(reason);
    for (const listener of this.#listeners) listener();
  }
}
