import { whenAborted } from "../wait/abort-signals.ts";
import { FailureWindow } from "./failure-window.ts";

/** The result of a request, as proof about the API. A rejection is a response like any other; an abandoned request proves nothing. */
export type RequestResult = "responded" | "failed" | "inconclusive";

/** This many failures among consecutive requests are an outage and not bad luck. */
const OUTAGE = { starts: 20, failures: 16 };
/** This many may be its beginning: until a later request gets a response, no more than `inFlight` requests are in flight. */
const SUSPICIOUS = { starts: 8, failures: 4, inFlight: 16 };
/**
 * The most requests in flight that no response vouches for: an outage would lose more of them. A response vouches for two,
 * so the number in flight can double with each response time.
 */
const UNPROVEN = 24;
const PROVEN_BY_RESPONSE = 2;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * The circuit breaker of a process: it opens on an outage of the API, as all requests of the process see it together.
 *
 * While it is open, only one probe at a time is sent, after 1 s growing to 30 s; the first response to a probe closes it.
 * Requests count in the order of their starts: a response to a request from before an outage proves nothing about the time
 * since, although it arrives between the failures of later requests.
 */
export class ApiCircuitBreaker {
  readonly #now: () => number;
  readonly #starts = new FailureWindow();
  #backoffMs = 0;
  #backoffUntil = 0;
  #isProbing = false;
  /** Requests that started before the last outage ended prove nothing about the time since. */
  #closedSince = 0;
  #newestResponded = -1;
  /** The newest start among suspicious failures. */
  #suspectedAt = -1;
  #inFlight = 0;
  /** Requests in flight that no response vouches for. */
  #unproven = 0;
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#backoffMs > 0;
  }

  /**
   * Undefined: ask {@link admit}. Else too many requests have no response yet: resolves with true when to ask again, and
   * with false after `limitMs` or when the wait is stopped.
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

  /** Asks to send one request. Undefined: not now. Else a function to be called with its result. */
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
