import { UnsentError } from "../chunk/verdict.ts";
import { whenAborted } from "../wait/abort-signals.ts";
import type { sleep } from "../wait/sleep.ts";
import type { WaitReason } from "../workflow/contracts.ts";
import { FailureWindow } from "./failure-window.ts";

/**
 * The result of a request. `responded`: the API works, which most rejections show, too. `failed`: HTTP 401, 408 or 5xx, a
 * timeout, or no response. `inconclusive`: not sent, aborted by the caller, or HTTP 401 for a token that was accepted before.
 */
export type RequestResult = "responded" | "failed" | "inconclusive";

/** A credential that was never accepted is rejected for every request: as in an outage, more requests would be in vain. */
export const resultOf = (httpStatus: number): RequestResult =>
  httpStatus < 500 && httpStatus !== 408 && httpStatus !== 401 ? "responded" : "failed";

/** An outage: `failures` of `starts` consecutive requests failed, and they were about more than one ticket. */
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
 * Decides for a process whether the API is down, by all its requests.
 *
 * During an outage only one probe at a time is sent, after 1 s; after each failed probe the wait doubles, up to 30 s. Requests
 * wait for the result of a probe in flight; otherwise they are not admitted. The first response to a probe ends the outage.
 * Requests count in the order of their starts: a response to a request from before an outage does not end it, although it
 * arrives between the failures of later requests.
 */
export class OutageDetector {
  readonly #clock;
  readonly #starts = new FailureWindow();
  /** Why the last request failed. */
  #waitReason = reasonOf();
  #backoffMs = 0;
  #backoffUntil = 0;
  /** The start of the probe in flight. */
  #probe: number | undefined;
  #newestResponded = -1;
  /** The newest start among suspicious failures. */
  #suspectedAt = -1;
  /** The last request that failed, and the last one before that was about another ticket. */
  #failedAt = Number.NEGATIVE_INFINITY;
  #otherFailedAt = Number.NEGATIVE_INFINITY;
  #inFlight = 0;
  /** Requests in flight, less two for each response. */
  #unproven = 0;
  readonly #waiting = new Set<AbortController>();

  /** @param clock one that never goes back */
  constructor(clock: { readonly now: () => number; readonly sleep: typeof sleep }) {
    this.#clock = clock;
  }

  get isDown(): boolean {
    return this.#backoffMs > 0;
  }

  /** Why no request is admitted now; undefined if one may be, or waits for the result of a probe. */
  get obstacle(): UnsentError | undefined {
    const isTooEarly = this.isDown && this.#probe === undefined && this.#clock.now() < this.#backoffUntil;
    return isTooEarly ? new UnsentError(this.#waitReason) : undefined;
  }

  /**
   * Returns the number of a request that may be sent now, for {@link record}; a promise if it has to wait for the results of
   * others. Throws the {@link obstacle}, or an UnsentError after `limitMs` milliseconds and when `stop` is aborted.
   */
  admit(ticket: string, limitMs: number, stop?: AbortSignal): number | Promise<number> {
    return this.#mustWait ? this.#admitLater(ticket, limitMs, stop) : this.#admitNow(ticket);
  }

  /** To be called once for each request that was admitted. @param httpStatus undefined: there was no response */
  record(start: number, result: RequestResult, httpStatus?: number): void {
    this.#inFlight--;
    if (start === this.#probe) this.#endProbe(result, httpStatus);
    // During an outage: the request was sent before the outage was noticed.
    if (this.isDown) return;
    this.#unproven = Math.max(0, this.#unproven - (result === "responded" ? PROVEN_BY_RESPONSE : 1));
    if (result === "responded" && this.#starts.record(start, result))
      this.#newestResponded = Math.max(this.#newestResponded, start);
    if (result === "failed") this.#recordFailure(start, reasonOf(httpStatus));
    this.#wake(this.#room);
  }

  /** A call failed for the API, perhaps although its responses were recorded as such: their bodies showed it. */
  recordFailedCall(ticket: string, attempts: number, waitReason: WaitReason): void {
    for (const start of this.#starts.newestResponses(ticket, attempts)) this.#recordFailure(start, waitReason);
  }

  get #mustWait(): boolean {
    return this.isDown ? this.#probe !== undefined : this.#room <= 0;
  }

  #admitNow(ticket: string): number {
    const { obstacle } = this;
    if (obstacle) throw obstacle;
    const start = this.#starts.next(ticket);
    this.#inFlight++;
    if (this.isDown) this.#probe = start;
    else this.#unproven++;
    return start;
  }

  async #admitLater(ticket: string, limitMs: number, stop: AbortSignal | undefined): Promise<number> {
    while (this.#mustWait) {
      if (stop?.aborted) throw new UnsentError();
      const wait = new AbortController();
      const stopListening = stop && whenAborted(stop, () => wait.abort());
      this.#waiting.add(wait);
      await this.#clock.sleep(limitMs, wait.signal);
      stopListening?.();
      if (this.#waiting.delete(wait)) throw new UnsentError();
    }
    return this.#admitNow(ticket);
  }

  #recordFailure(start: number, waitReason: WaitReason): void {
    if (this.isDown || !this.#starts.record(start, "failed")) return;
    this.#waitReason = waitReason;
    if (!this.#starts.isSameTicket(start, this.#failedAt)) this.#otherFailedAt = this.#failedAt;
    this.#failedAt = start;
    if (this.#starts.mostFailuresAround(start, SUSPICIOUS.starts) >= SUSPICIOUS.failures)
      this.#suspectedAt = Math.max(this.#suspectedAt, start);
    const isOutage = this.#starts.mostFailuresAround(start, OUTAGE.starts) >= OUTAGE.failures;
    // One ticket that cannot be read, perhaps the last one of all, is none.
    if (isOutage && start - this.#otherFailedAt < OUTAGE.starts) this.#backOff(FIRST_BACKOFF_MS);
  }

  #endProbe(result: RequestResult, httpStatus: number | undefined): void {
    this.#probe = undefined;
    if (result === "inconclusive") return this.#wake(1);
    if (result === "failed") {
      this.#waitReason = reasonOf(httpStatus);
      return this.#backOff(Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2));
    }
    this.#backoffMs = 0;
    this.#starts.forget();
    this.#suspectedAt = -1;
    this.#unproven = 0;
  }

  /** The number of requests that may start now, while the API is up. */
  get #room(): number {
    if (this.#suspectedAt > this.#newestResponded) return SUSPICIOUS.inFlight - this.#inFlight;
    return UNPROVEN - this.#unproven;
  }

  /** Lets up to `most` waiting requests ask again. */
  #wake(most: number): void {
    let left = most;
    for (const wait of this.#waiting) {
      if (left-- <= 0) return;
      this.#waiting.delete(wait);
      wait.abort();
    }
  }

  #backOff(milliseconds: number): void {
    this.#backoffMs = milliseconds;
    this.#backoffUntil = this.#clock.now() + milliseconds;
    // No request waits here for an outage to end: the turn ends, and its rows wait.
    this.#wake(Number.POSITIVE_INFINITY);
  }
}

const reasonOf = (httpStatus?: number): WaitReason =>
  httpStatus === undefined
    ? { kind: "unavailable", reason: "the API does not respond" }
    : { kind: "unavailable", reason: `the API responds with HTTP ${httpStatus}`, httpStatus };
