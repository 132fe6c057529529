import type { Trouble } from "../workflow/contracts.ts";

/** So many failures in a row, without one answer between them, are the API's trouble and not the tickets'. */
const CONSECUTIVE_FAILURES = 8;

/** Tells a failing ticket from a failing API, and stops a turn that would only hammer it. */
export class TurnBreaker {
  #failures = 0;
  #waitReason: Trouble | undefined;
  readonly #onOpen: () => void;

  constructor(onOpen: () => void = () => undefined) {
    this.#onOpen = onOpen;
  }

  get waitReason(): Trouble | undefined {
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

  /** Trouble that one answer proves. */
  open(waitReason: Trouble): void {
    if (this.#waitReason) return;
    this.#waitReason = waitReason;
    this.#onOpen();
  }
}
