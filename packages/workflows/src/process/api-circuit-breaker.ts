import { whenAborted } from "../wait/abort-signals.ts";
import { FailedStarts } from "./failure-window.ts";

/** What a request tells of the API's health. A refusal is an answer like any other; one that was given up tells nothing. */
export type Sign = "answer" | "failure" | "none";

/** So many failures among requests that started one after the other are an outage and not bad luck. */
const OUTAGE = { starts: 20, failures: 16 };
/** So many may be the beginning of one: until a request that started later is answered, no more than that are under way. */
const SUSPICIOUS = { starts: 8, failures: 4, underWay: 16 };
/**
 * So many may be under way that no answer stands for: more would only be lost in an outage. An answer stands for two, so
 * that twice as many can be under way after each while that an answer takes.
 */
const UNPROVEN = 24;
const PROVEN_BY_ANSWER = 2;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/**
 * Whether the API is up, as all requests of a process see it together.
 *
 * In an outage nobody sends but one probe at a time, more and more seldom; its first success ends the outage. Requests are
 * looked at in the order of their starts: an answer to one that started before an outage tells nothing of the time since,
 * and comes between the failures of those that started in it.
 */
export class ApiHealth {
  readonly #now: () => number;
  readonly #starts = new FailedStarts();
  #restMs = 0;
  #restUntil = 0;
  #isProbing = false;
  /** What started before the end of the last outage tells nothing of the time since. */
  #upSince = 0;
  #newestAnswered = -1;
  /** The newest start among failures that were suspicious. */
  #suspectedAt = -1;
  #underWay = 0;
  /** Of these, those that no answer stands for. */
  #unproven = 0;
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get isDown(): boolean {
    return this.#restMs > 0;
  }

  /**
   * Undefined: ask {@link admit}. Else too many requests have no answer yet: resolves when to ask again, with false where
   * none came in `limitMs`, or where the wait was stopped.
   */
  pause(limitMs: number, stop?: AbortSignal): Promise<boolean> | undefined {
    if (this.isDown || this.#room > 0) return undefined;
    if (stop?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const leave = (): void => end(false);
      const timer = setTimeout(leave, limitMs);
      const wake = (): void => end(true);
      const end = (mayAsk: boolean): void => {
        clearTimeout(timer);
        stay?.();
        this.#waiting.delete(wake);
        resolve(mayAsk);
      };
      const stay = stop && whenAborted(stop, leave);
      this.#waiting.add(wake);
    });
  }

  /** Asks to send one request. Undefined: not now. Else what to call when it is known what became of it. */
  admit(): ((sign: Sign) => void) | undefined {
    if (!this.isDown) {
      const start = this.#starts.next();
      this.#underWay++;
      this.#unproven++;
      return (sign) => {
        this.#underWay--;
        this.#note(start, sign);
      };
    }
    if (this.#isProbing || this.#now() < this.#restUntil) return undefined;
    this.#isProbing = true;
    return (sign) => this.#endProbe(sign);
  }

  #note(start: number, sign: Sign): void {
    // While it is down: sent before the outage was noticed.
    if (this.isDown) return;
    this.#unproven = Math.max(0, this.#unproven - (sign === "answer" ? PROVEN_BY_ANSWER : 1));
    if (sign === "answer") this.#newestAnswered = Math.max(this.#newestAnswered, start);
    if (sign === "failure" && start >= this.#upSince) this.#noteFailure(start);
    this.#wake(this.#room);
  }

  #noteFailure(start: number): void {
    if (!this.#starts.note(start)) return;
    if (this.#starts.mostAround(start, SUSPICIOUS.starts) >= SUSPICIOUS.failures) {
      this.#suspectedAt = Math.max(this.#suspectedAt, start);
    }
    if (this.#starts.mostAround(start, OUTAGE.starts) >= OUTAGE.failures) this.#rest(FIRST_REST_MS);
  }

  #endProbe(sign: Sign): void {
    this.#isProbing = false;
    if (sign === "failure") this.#rest(Math.min(LONGEST_REST_MS, this.#restMs * 2));
    if (sign !== "answer") return;
    this.#restMs = 0;
    this.#starts.forget();
    this.#upSince = this.#starts.count;
    this.#suspectedAt = -1;
    this.#unproven = 0;
    this.#wake(this.#room);
  }

  /** So many may start now, while it is not down. */
  get #room(): number {
    if (this.#suspectedAt > this.#newestAnswered) return SUSPICIOUS.underWay - this.#underWay;
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

  #rest(milliseconds: number): void {
    this.#restMs = milliseconds;
    this.#restUntil = this.#now() + milliseconds;
    // Nobody waits for an outage to end: what is to be sent waits further up.
    this.#wake(Number.POSITIVE_INFINITY);
  }
}
