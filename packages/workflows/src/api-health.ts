/** What a request tells of the API's health. A refusal is an answer like any other; one that was given up tells nothing. */
export type Sign = "answer" | "failure" | "none";

const WINDOW = 20;
/** So many failures among the last requests are an outage and not bad luck. */
const FAILURES = 16;
/** So many requests may be under way, or have failed, since the last answer: more would only be lost in an outage. */
const UNPROVEN = 24;
/** Where half of the last eight failed it may be an outage: so many may be under way until that is known. */
const SUSPICIOUS = { window: 8, failures: 4, underWay: 16 };
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/**
 * Whether the API is up, as all requests of a process see it together.
 *
 * In an outage nobody sends but one probe at a time, more and more seldom; its first success ends the outage.
 */
export class ApiHealth {
  readonly #now: () => number;
  #signs: Sign[] = [];
  #restMs = 0;
  #restUntil = 0;
  #isProbing = false;
  #unproven = 0;
  #underWay = 0;
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get isDown(): boolean {
    return this.#restMs > 0;
  }

  /**
   * Undefined: ask {@link admit}. Else too many requests have no answer yet: resolves when to ask again, with false where
   * none came in `limitMs`.
   */
  pause(limitMs: number): Promise<boolean> | undefined {
    if (this.isDown || !this.#isHoldingBack) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        resolve(false);
      }, limitMs);
      const wake = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#waiting.add(wake);
    });
  }

  /** Asks to send one request. Undefined: not now. Else what to call when it is known what became of it. */
  admit(): ((sign: Sign) => void) | undefined {
    if (!this.isDown) {
      this.#unproven++;
      this.#underWay++;
      return (sign) => {
        this.#underWay--;
        this.#note(sign);
      };
    }
    if (this.#isProbing || this.#now() < this.#restUntil) return undefined;
    this.#isProbing = true;
    return (sign) => this.#endProbe(sign);
  }

  #note(sign: Sign): void {
    // While it is down: sent before the outage was noticed.
    if (this.isDown) return;
    if (sign === "answer") this.#unproven = 0;
    if (sign === "none") this.#unproven = Math.max(0, this.#unproven - 1);
    if (sign !== "none") {
      this.#signs.push(sign);
      if (this.#signs.length > WINDOW) this.#signs.shift();
      if (countFailures(this.#signs) >= FAILURES) this.#rest(FIRST_REST_MS);
    }
    this.#wake(UNPROVEN);
  }

  #endProbe(sign: Sign): void {
    this.#isProbing = false;
    if (sign === "failure") this.#rest(Math.min(LONGEST_REST_MS, this.#restMs * 2));
    if (sign !== "answer") return;
    this.#restMs = 0;
    this.#signs = [];
    this.#unproven = 0;
    this.#wake(UNPROVEN);
  }

  get #isHoldingBack(): boolean {
    if (this.#unproven >= UNPROVEN) return true;
    const isSuspicious = countFailures(this.#signs.slice(-SUSPICIOUS.window)) >= SUSPICIOUS.failures;
    return isSuspicious && this.#underWay >= SUSPICIOUS.underWay;
  }

  /** Lets some of those who wait ask again; who may not go on waits again. */
  #wake(most: number): void {
    if (this.#waiting.size === 0 || (!this.isDown && this.#isHoldingBack)) return;
    let left = most;
    for (const wake of this.#waiting) {
      if (left-- === 0) return;
      this.#waiting.delete(wake);
      wake();
    }
  }

  #rest(milliseconds: number): void {
    this.#restMs = milliseconds;
    this.#restUntil = this.#now() + milliseconds;
    // Nobody waits for an outage to end: what is to be sent waits further up.
    this.#unproven = 0;
    this.#wake(Number.POSITIVE_INFINITY);
  }
}

const countFailures = (signs: readonly Sign[]): number => signs.filter((sign) => sign === "failure").length;
