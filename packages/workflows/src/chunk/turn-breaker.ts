import type { Trouble } from "../workflow/contracts.ts";

/** So many failures in a row, without one answer between them, are the API's trouble and not the tickets'. */
const FAILURES_IN_A_ROW = 8;

/** Tells a failing ticket from a failing API, and stops a turn that would only hammer it. */
export class Breaker {
  #failures = 0;
  #trouble: Trouble | undefined;
  readonly #onOpen: () => void;

  constructor(onOpen: () => void = () => undefined) {
    this.#onOpen = onOpen;
  }

  get trouble(): Trouble | undefined {
    return this.#trouble;
  }

  get isOpen(): boolean {
    return this.#trouble !== undefined;
  }

  noteAnswer(): void {
    this.#failures = 0;
  }

  noteFailure(reason: string, httpStatus?: number): void {
    this.#failures++;
    if (this.#failures < FAILURES_IN_A_ROW) return;
    this.open({ kind: "unavailable", reason, ...(httpStatus !== undefined && { httpStatus }) });
  }

  /** Trouble that one answer proves. */
  open(trouble: Trouble): void {
    if (this.#trouble) return;
    this.#trouble = trouble;
    this.#onOpen();
  }
}
