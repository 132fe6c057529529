import { isApiError } from "@caselink/sdk";
import type { Trouble } from "../workflow/contracts.ts";
import { isSignInFailure, classifyError, CredentialsRejectedError } from "../chunk/verdict.ts";

const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 5 * 60_000;

/**
 * Keeps a process from showing refused credentials again and again: an account may be locked after a few times.
 *
 * Until the API has let one request in, requests go ahead one by one, over all batches and lanes, and the others wait for
 * what becomes of it. Where credentials are refused, nothing is sent for a while that grows; then one request tries again.
 */
export class CredentialsGate {
  readonly #now: () => number;
  #isOpen = false;
  /** Counts how often it was opened, so that what was sent before tells nothing of the time since. */
  #openings = 0;
  #waitReason: Trouble | undefined;
  #backoffMs = 0;
  #backoffUntil = Number.NEGATIVE_INFINITY;
  #probe: Promise<void> | undefined;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Somebody says that the credentials are mended: the next request may find out. */
  reset(): void {
    this.#backoffMs = 0;
    this.#backoffUntil = Number.NEGATIVE_INFINITY;
  }

  /**
   * Makes a call when it may be made. Throws a RefusedElsewhereError, and sends nothing, where the credentials were refused
   * to another one.
   *
   * @param wait waits for another's call, or for the end of the caller's patience; throws where that has come
   */
  run<Answer>(call: () => Promise<Answer>, wait: (other: Promise<void>) => Promise<void>): Promise<Answer> {
    return this.#isOpen ? this.#runOpen(call) : this.#runOnceOpen(call, wait);
  }

  /** The way of nearly all calls, which makes one promise and no more. */
  #runOpen<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const opening = this.#openings;
    return call().catch((error: unknown) => {
      const trouble = credentialsRejectionOf(error);
      if (trouble && this.#isOpen && opening === this.#openings) this.#close(trouble);
      throw error;
    });
  }

  async #runOnceOpen<Answer>(
    call: () => Promise<Answer>,
    wait: (other: Promise<void>) => Promise<void>,
  ): Promise<Answer> {
    while (!this.#isOpen) {
      if (this.#waitReason && this.#now() < this.#backoffUntil) throw new CredentialsRejectedError(this.#waitReason);
      if (!this.#probe) return this.#runProbe(call);
      await wait(this.#probe);
    }
    return this.#runOpen(call);
  }

  async #runProbe<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#probe = promise;
    try {
      const answer = await call();
      this.#open();
      return answer;
    } catch (error) {
      const trouble = credentialsRejectionOf(error);
      if (trouble) this.#close(trouble);
      else if (isApiError(error) && !isSignInFailure(error)) this.#open();
      throw error;
    } finally {
      this.#probe = undefined;
      resolve();
    }
  }

  #open(): void {
    this.#isOpen = true;
    this.#openings++;
    this.#waitReason = undefined;
    this.#backoffMs = 0;
  }

  #close(trouble: Trouble): void {
    this.#isOpen = false;
    this.#waitReason = trouble;
    this.#backoffMs = Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2 || FIRST_BACKOFF_MS);
    this.#backoffUntil = this.#now() + this.#backoffMs;
  }
}

/** Set where it was the credentials that were refused, by the API or by whoever gives out tokens. */
function credentialsRejectionOf(error: unknown): Trouble | undefined {
  if (!isApiError(error)) return undefined;
  const verdict = classifyError(error);
  return verdict.kind === "wait" && verdict.waitReason.kind === "credentials" ? verdict.waitReason : undefined;
}
