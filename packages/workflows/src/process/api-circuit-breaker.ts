import { whenAborted } from "../wait/abort-signals.ts";
import { FailureWindow } from "./failure-window.ts";

/**
 * The result of a request. `responded`: the API works, which most rejections show, too. `failed`: HTTP 401, 408 or 5xx, a
 * timeout, or no response. `inconclusive`: not sent, aborted by the caller, or HTTP 401 for a token that was accepted before.
 */
export type RequestResult = "responded" | "failed" | "inconclusive";

/** An outage: `failures` of `starts` consecutive requests failed. */
const OUTAGE = { starts: 20, failures: 16 };
/** A suspected outage: until a later request gets a response, at most `inFlight` requests are in flight. */
const SUSPICIOUS = { starts: 8, failures: 4, inFlight: 16 };
/**
 * The most requests in flight before the first response. Each response allows one more in addition to its own place, so the
 * number can double within one response time. A higher start would lose more requests in an outage.
 */
const UNPROVEN = 24;
const PROVEN_BY_RESPONSE = 2;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * The circuit breaker of a process: it opens on an outage of the API, seen over all requests of the process.
 *
 * While it is open, only one probe at a time is sent, after 1 s; after each failed probe the wait doubles, up to 30 s. The
 * first response to a probe closes it.
 * Requests count in the order of their starts: a response to a request from before an outage does not end it, although it
 * arrives between the failures of later requests.
 */
export class ApiCircuitBreaker {
  readonly #now: () => number;
  readonly #starts = new FailureWindow();
  #backoffMs = 0;
  #backoffUntil = 0;
  #isProbing = false;
  /** The first start after the last outage; results of earlier requests are ignored. */
  #closedSince = 0;
  #newestResponded = -1;
  /** The newest start among suspicious failures. */
  #suspectedAt = -1;
  #inFlight = 0;
  /** Requests in flight, less two for each response. */
  #unproven = 0;
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#backoffMs > 0;
  }

  /**
   * Returns undefined if the caller can call {@link admit} now. Otherwise returns a promise: true when the caller should try
   * again, false after `limitMs` milliseconds or when `stop` is aborted.
   */
  waitForRoom(limitMs: number, stop?: AbortSignal): Promise<boolean> | undefined {
    if (this.isOpen || this.#room > 0) return undefined;
    if (stop?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const leave = (): void => end(false);
      const timer = setTimeout(leave, limitMs);
      const wake = (): void => end(true);
      const end = (mayAsk: boolean): void => {
        clearTimeout(timer);
        stopListening?.();
        this.#waiting.delete(wake);
        resolve(mayAsk);
      };
      const stopListening = stop && whenAborted(stop, leave);
      this.#waiting.add(wake);
    });
  }

  /** Returns undefined if the request must not be sent now; otherwise a function to call with the result of the request. */
  admit(): ((result: RequestResult) => void) | undefined {
    if (!this.isOpen) {
      const start = this.#starts.next();
      this.#inFlight++;
      this.#unproven++;
      return (result) => {
        this.#inFlight--;
        this.#record(start, result);
      };
    }
    if (this.#isProbing || this.#now() < this.#backoffUntil) return undefined;
    this.#isProbing = true;
    return (result) => this.#endProbe(result);
  }

  #record(start: number, result: RequestResult): void {
    // While it is open: the request was sent before the outage was noticed.
    if (this.isOpen) return;
    this.#unproven = Math.max(0, this.#unproven - (result === "responded" ? PROVEN_BY_RESPONSE : 1));
    if (result === "responded") this.#newestResponded = Math.max(this.#newestResponded, start);
    if (result === "failed" && start >= this.#closedSince) this.#recordFailure(start);
    this.#wake(this.#room);
  }

  #recordFailure(start: number): void {
    if (!this.#starts.recordFailure(start)) return;
    if (this.#starts.mostFailuresAround(start, SUSPICIOUS.starts) >= SUSPICIOUS.failures) {
      this.#suspectedAt = Math.max(this.#suspectedAt, start);
    }
    if (this.#starts.mostFailuresAround(start, OUTAGE.starts) >= OUTAGE.failures) this.#backOff(FIRST_BACKOFF_MS);
  }

  #endProbe(result: RequestResult): void {
    this.#isProbing = false;
    if (result === "failed") this.#backOff(Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2));
    if (result !== "responded") return;
    this.#backoffMs = 0;
    this.#starts.clear();
    this.#closedSince = this.#starts.count;
    this.#suspectedAt = -1;
    this.#unproven = 0;
    this.#wake(this.#room);
  }

  /** The number of requests that may start now, while it is closed. */
  get #room(): number {
    if (this.#suspectedAt > this.#newestResponded) return SUSPICIOUS.inFlight - this.#inFlight;
    return UNPROVEN - this.#unproven;
  }

  /** Lets up to `most` waiting requests ask again. */
  #wake(most: number): void {
    let left = most;
    for (const wake of this.#waiting) {
      if (left-- <= 0) return;
      this.#waiting.delete(wake);
      wake();
    }
  }

  #backOff(milliseconds: number): void {
    this.#backoffMs = milliseconds;
    this.#backoffUntil = this.#now() + milliseconds;
    // No request waits here for an outage to end: the turn ends, and its rows wait.
    this.#wake(Number.POSITIVE_INFINITY);
  }
}
