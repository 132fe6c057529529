import type { WaitReason } from "../workflow/contracts.ts";
import type { Verdict } from "./verdict.ts";

/** After this many consecutive failures, the API is the cause, not the tickets. */
const CONSECUTIVE_FAILURES = 8;

/** Opens once per turn, on consecutive failures or on proof that the API does not work; it never closes. */
export class TurnBreaker {
  #failures = 0;
  #waitReason: WaitReason | undefined;
  readonly #onOpen: () => void;

  constructor(onOpen: () => void = () => undefined) {
    this.#onOpen = onOpen;
  }

  get waitReason(): WaitReason | undefined {
    return this.#waitReason;
  }

  get isOpen(): boolean {
    return this.#waitReason !== undefined;
  }

  recordResponse(): void {
    this.#failures = 0;
  }

  recordFailure(reason: string, httpStatus?: number): void {
    this.#failures++;
    if (this.#failures < CONSECUTIVE_FAILURES) return;
    this.open({ kind: "unavailable", reason, ...(httpStatus !== undefined && { httpStatus }) });
  }

  /** One response proves the reason. */
  open(waitReason: WaitReason): void {
    if (this.#waitReason) return;
    this.#waitReason = waitReason;
    this.#onOpen();
  }
}

/** Counts a failed call as a failure of the API, or as a response. */
export function recordOnBreaker(verdict: Verdict, breaker: TurnBreaker): void {
  if (verdict.kind === "rejected" || (verdict.kind === "retryable" && verdict.isUnknownCode)) breaker.recordResponse();
  if (verdict.kind === "retryable" && !verdict.isUnknownCode) {
    breaker.recordFailure(verdict.failure.error_message ?? "the API does not respond", verdict.failure.http_status);
  }
}
