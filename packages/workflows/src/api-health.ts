/** What a request tells of the API's health. A refusal is an answer like any other; one that was given up tells nothing. */
export type Sign = "answer" | "failure" | "none";

const WINDOW = 20;
/** So many failures among the last requests are an outage and not bad luck. */
const FAILURES = 16;
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

  constructor(now: () => number) {
    this.#now = now;
  }

  get isDown(): boolean {
    return this.#restMs > 0;
  }

  /** Asks to send one request. Undefined: not now. Else what to call when it is known what became of it. */
  admit(): ((sign: Sign) => void) | undefined {
    if (!this.isDown) return (sign) => this.#note(sign);
    if (this.#isProbing || this.#now() < this.#restUntil) return undefined;
    this.#isProbing = true;
    return (sign) => this.#endProbe(sign);
  }

  #note(sign: Sign): void {
    // While it is down: sent before the outage was noticed.
    if (sign === "none" || this.isDown) return;
    this.#signs.push(sign);
    if (this.#signs.length > WINDOW) this.#signs.shift();
    if (this.#signs.filter((other) => other === "failure").length >= FAILURES) this.#rest(FIRST_REST_MS);
  }

  #endProbe(sign: Sign): void {
    this.#isProbing = false;
    if (sign === "failure") this.#rest(Math.min(LONGEST_REST_MS, this.#restMs * 2));
    if (sign !== "answer") return;
    this.#restMs = 0;
    this.#signs = [];
  }

  #rest(milliseconds: number): void {
    this.#restMs = milliseconds;
    this.#restUntil = this.#now() + milliseconds;
  }
}
