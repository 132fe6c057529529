import type { TemporalFailure } from "./explain-temporal-failure.ts";

/** Temporal cannot be used. The message says why and what to do. */
export class TemporalConnectionError extends Error {
  override readonly name = "TemporalConnectionError";
  readonly failure: TemporalFailure;

  constructor(failure: TemporalFailure, cause?: unknown) {
    super(`${failure.message}.\n  ${failure.advice}`, { cause });
    this.failure = failure;
  }
}
