import { isApiError } from "@caselink/sdk";
import type { WaitReason } from "../workflow/contracts.ts";
import { isSignInFailure, classifyError, UnsentError } from "../chunk/verdict.ts";

const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 5 * 60_000;

/**
 * Keeps a process from sending rejected credentials again and again: an account may be locked after a few times.
 *
 * Until the API has accepted one request, requests go ahead one by one, over all batches and lanes, and the others wait for
 * its result. After a rejection nothing is sent for 5 s, growing to 5 min; then one request tries again.
 *
 * A rejection after that first request may come from a token that was revoked while many calls used it, perhaps more than
 * once during one call. It proves nothing about the credentials: the call is made once more, alone, and that counts.
 */
export class CredentialsGate {
  readonly #now: () => number;
  #isOpen = false;
  #waitReason: WaitReason | undefined;
  #backoffMs = 0;
  #backoffUntil = Number.NEGATIVE_INFINITY;
  #probe: Promise<void> | undefined;

  /** @param now milliseconds on a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** An operator has fixed the credentials: the next request tries them immediately. */
  reset(): void {
    this.#backoffMs = 0;
    this.#backoffUntil = Number.NEGATIVE_INFINITY;
  }

  /**
   * Makes a call when it may be made, a second time if it was rejected next to others. Throws a UnsentError,
   * and sends nothing, if the credentials of another call were rejected.
   *
   * @param wait waits for another call; throws if the caller must not wait any longer
   */
  run<Response>(call: () => Promise<Response>, wait: (other: Promise<void>) => Promise<void>): Promise<Response> {
    return this.#isOpen ? this.#runOpen(call, wait) : this.#runOnceOpen(call, wait);
  }

  /** The path of nearly all calls. It makes one promise and no more. */
  #runOpen<Response>(call: () => Promise<Response>, wait: (other: Promise<void>) => Promise<void>): Promise<Response> {
    return call().catch((error: unknown) => {
      if (!credentialsRejectionOf(error)) throw error;
      return this.#runAlone(call, wait);
    });
  }

  async #runAlone<Response>(
    call: () => Promise<Response>,
    wait: (other: Promise<void>) => Promise<void>,
  ): Promise<Response> {
    while (this.#probe) await wait(this.#probe);
    this.#throwIfRejected();
    this.#isOpen = false;
    return this.#runProbe(call);
  }

  async #runOnceOpen<Response>(
    call: () => Promise<Response>,
    wait: (other: Promise<void>) => Promise<void>,
  ): Promise<Response> {
    while (!this.#isOpen) {
      this.#throwIfRejected();
      if (!this.#probe) return this.#runProbe(call);
      await wait(this.#probe);
    }
    return this.#runOpen(call, wait);
  }

  #throwIfRejected(): void {
    if (this.#waitReason && this.#now() < this.#backoffUntil) throw new UnsentError(this.#waitReason);
  }

  async #runProbe<Response>(call: () => Promise<Response>): Promise<Response> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#probe = promise;
    try {
      const response = await call();
      this.#open();
      return response;
    } catch (error) {
      const waitReason = credentialsRejectionOf(error);
      if (waitReason) this.#close(waitReason);
      else if (isApiError(error) && !isSignInFailure(error)) this.#open();
      throw error;
    } finally {
      this.#probe = undefined;
      resolve();
    }
  }

  #open(): void {
    this.#isOpen = true;
    this.#waitReason = undefined;
    this.#backoffMs = 0;
  }

  #close(waitReason: WaitReason): void {
    this.#isOpen = false;
    this.#waitReason = waitReason;
    this.#backoffMs = Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2 || FIRST_BACKOFF_MS);
    this.#backoffUntil = this.#now() + this.#backoffMs;
  }
}

/** Set if the API or the token service rejected the credentials. */
export function credentialsRejectionOf(error: unknown): WaitReason | undefined {
  if (!isApiError(error)) return undefined;
  const verdict = classifyError(error);
  return verdict.kind === "wait" && verdict.waitReason.kind === "credentials" ? verdict.waitReason : undefined;
}
