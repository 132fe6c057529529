import type { OutageDetector } from "../process/outage-detector.ts";
import type { WaitReason } from "../workflow/contracts.ts";
import type { Verdict } from "./verdict.ts";

/** The first reason that shows that a turn is in vain. It stops the turn. */
export class TurnStop {
  #waitReason: WaitReason | undefined;
  readonly #outages;
  readonly #onStop;

  /** @param outages decides whether a failed call stops the turn; default: none does */
  constructor(outages?: Pick<OutageDetector, "isDown" | "recordFailedCall">, onStop: () => void = () => undefined) {
    this.#outages = outages;
    this.#onStop = onStop;
  }

  get waitReason(): WaitReason | undefined {
    return this.#waitReason;
  }

  set(waitReason: WaitReason): void {
    if (this.#waitReason) return;
    this.#waitReason = waitReason;
    this.#onStop();
  }

  /** Takes what a failed call about that ticket shows. */
  take(verdict: Verdict, ticket: string): void {
    if (verdict.kind === "wait") this.set(verdict.waitReason);
    if (verdict.kind !== "retryable" || verdict.isUnknownCode) return;
    const { error_message: reason = "the API does not respond", http_status: httpStatus } = verdict.failure;
    const waitReason: WaitReason = { kind: "unavailable", reason, ...(httpStatus !== undefined && { httpStatus }) };
    this.#outages?.recordFailedCall(ticket, verdict.attempts, waitReason);
    if (this.#outages?.isDown) this.set(waitReason);
  }
}
