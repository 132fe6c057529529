import type { Cancellation } from "./transport.ts";

/**
 * Ends an attempt, or a whole call, when its time is over or the caller aborts. Cheaper than AbortSignal.any and
 * AbortSignal.timeout: a real AbortSignal is made only for those who ask for one.
 */
export class Deadline implements Cancellation {
  reason: unknown;
  /** Why it ended, if it did. */
  ended: "timeout" | "aborted" | undefined;
  #listener: (() => void) | undefined;
  #controller: AbortController | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #outer: AbortSignal | Deadline | undefined;

  constructor(timeoutMs: number, outer: AbortSignal | Deadline | undefined) {
    this.#outer = outer;
    // A timer takes no more than 2^31 - 1.
    if (timeoutMs < 2 ** 31)
      this.#timer = setTimeout(
        () => this.#end("timeout", new DOMException(`No answer within ${timeoutMs} ms.`, "TimeoutError")),
        timeoutMs,
      );
    if (outer !== undefined && isOver(outer)) this.#onOuterAbort();
    else outer?.addEventListener("abort", this.#onOuterAbort);
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.ended) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#listener === listener) this.#listener = undefined;
  }

  /** Must be called, else the timer keeps running. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#onOuterAbort);
  }

  readonly #onOuterAbort = (): void => {
    const outer = this.#outer;
    this.#end((outer instanceof Deadline && outer.ended) || "aborted", outer?.reason);
  };

  #end(ended: "timeout" | "aborted", reason: unknown): void {
    if (this.ended) return;
    this.reason = reason;
    this.ended = ended;
    this.#controller?.abort(reason);
    this.#listener?.();
  }
}

function isOver(outer: AbortSignal | Deadline): boolean {
  return outer instanceof Deadline ? outer.ended !== undefined : outer.aborted;
}
