/** What a {@link LedgerError} is about, for programs; the message is for people. */
export type LedgerErrorCode =
  /** The location names a kind of ledger that does not exist here. */
  | "unsupported-location"
  /** An id is not one, or would lead out of the ledger's folder. */
  | "bad-id"
  /** An option of the plan has no meaning. */
  | "bad-option"
  /** The input cannot be used; always an {@link InputError}. */
  | "input"
  /** The batch id is taken by a batch of other input. */
  | "batch-exists"
  | "no-such-batch"
  | "no-such-chunk"
  /** The batch has not ended yet, and what was asked for needs its end. */
  | "not-finished"
  /** Only a batch that creates associations can be undone. */
  | "not-undoable"
  /** Only a batch that creates associations can be retried. */
  | "not-retryable"
  /** A file of the ledger is not what this package wrote. */
  | "corrupt"
  /** A planned batch was used after `discard`. */
  | "discarded"
  /** The object storage refuses: bucket, keys, region or endpoint are not as they must be. */
  | "configuration"
  /** The object storage cannot be reached at all. */
  | "unreachable"
  /** The object storage is in trouble, or too slow; it may work again. */
  | "unavailable"
  /** Another process replaced a file since this one read it. */
  | "conflict"
  /** The values are so long, or the memory so small, that the database cannot do it. */
  | "memory"
  /** The folder or bucket could not be read or written. */
  | "storage";

/** Where and how the ledger is kept cannot be used; nothing was read or written. */
export const CONFIGURATION_CODES = [
  "configuration",
  "unreachable",
  "unsupported-location",
] as const satisfies readonly LedgerErrorCode[];

/** Something in or around the ledger is not as it must be. The message says what, where, and what to do. */
export class LedgerError extends Error {
  override readonly name: string = "LedgerError";
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error or a warning about an input, with its place. */
export interface Fault {
  /** `error`: the row or the input is invalid. `warning`: it is valid but probably unintended. */
  severity: "error" | "warning";
  /** The input as the caller named it. */
  file: string;
  /** Counts from 1, header included, as a text editor does. */
  line: number;
  /** The column's name in the file; absent if the whole line or the whole input is meant. */
  column?: string;
  /** Shortened, control characters made visible: safe to print. */
  value: string;
  reason: string;
  advice?: string;
}

/** The user's input cannot be planned at all: nothing was written and nothing can be sent. */
export class InputError extends LedgerError {
  override readonly name: string = "InputError";
  /** Where in the file, when the trouble has a place. */
  readonly faults: readonly Fault[];

  constructor(message: string, faults: readonly Fault[] = [], options?: ErrorOptions) {
    super("input", message, options);
    this.faults = faults;
  }
}
