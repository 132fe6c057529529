import { whenAborted } from "../wait/abort-signals.ts";
import { FailureWindow } from "./failure-window.ts";

/** What a request tells of the API's health. A refusal is an answer like any other; one that was given up tells nothing. */
export type RequestResult = "responded" | "failed" | "inconclusive";

/** So many failures among requests that started one after the other are an outage and not bad luck. */
const OUTAGE = { starts: 20, failures: 16 };
/** So many may be the beginning of one: until a request that started later is answered, no more than that are under way. */
const SUSPICIOUS = { starts: 8, failures: 4, inFlight: 16 };
/**
 * So many may be under way that no answer stands for: more would only be lost in an outage. An answer stands for two, so
 * that twice as many can be under way after each while that an answer takes.
 */
const UNPROVEN = 24;
const PROVEN_BY_RESPONSE = 2;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Whether the API is up, as all requests of a process see it together.
 *
 * In an outage nobody sends but one probe at a time, more and more seldom; its first success ends the outage. Requests are
 * looked at in the order of their starts: an answer to one that started before an outage tells nothing of the time since,
 * and comes between the failures of those that started in it.
 */
export class ApiCircuitBreaker {
  readonly #now: () => number;
  readonly #starts = new FailureWindow();
  #backoffMs = 0;
  #backoffUntil = 0;
  #isProbing = false;
  /** What started before the end of the last outage tells nothing of the time since. */
  #closedSince = 0;
  #newestResponded = -1;
  /** The newest start among failures that were suspicious. */
  #suspectedAt = -1;
  #inFlight = 0;
  /** Of these, those that no answer stands for. */
  #unproven = 0;
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#backoffMs > 0;
  }

  /**
   * Undefined: ask {@link admit}. Else too many requests have no answer yet: resolves when to ask again, with false where
   * none came in `limitMs`, or where the wait was stopped.
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

  /** Asks to send one request. Undefined: not now. Else what to call when it is known what became of it. */
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
    // While it is down: sent before the outage was noticed.
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

  /** So many may start now, while it is not down. */
  get #room(): number {
    if (this.#suspectedAt > this.#newestResponded) return SUSPICIOUS.inFlight - this.#inFlight;
    return UNPROVEN - this.#unproven;
  }

  /** Lets as many of those who wait ask again. */
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
    // Nobody waits for an outage to end: what is to be sent waits further up.
    this.#wake(Number.POSITIVE_INFINITY);
  }
}
