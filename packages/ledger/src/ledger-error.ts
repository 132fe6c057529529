/** The kind of a {@link LedgerError}, for programs. The message is for people. */
export type LedgerErrorCode =
  /** The location is not one that the ledger supports. */
  | "unsupported-location"
  /** An id is malformed, or would be a path out of the ledger's folder. */
  | "bad-id"
  /** An option of the plan is invalid. */
  | "bad-option"
  /** The input cannot be used; always an {@link InputError}. */
  | "input"
  /** The id belongs to a batch with other input. */
  | "batch-exists"
  | "no-such-batch"
  | "no-such-chunk"
  /** The operation requires that the batch has ended, and it has not. */
  | "not-finished"
  /** Only a batch that creates associations can be undone. */
  | "not-undoable"
  /** Only a batch that creates associations can be retried. */
  | "not-retryable"
  /** A file of the ledger was changed or damaged by something else. */
  | "corrupt"
  /** A planned batch was used after `discard`. */
  | "discarded"
  /** The object storage rejects requests: bucket, keys, region or endpoint are wrong. */
  | "configuration"
  /** The object storage cannot be reached at all. */
  | "unreachable"
  /** The object storage fails or is too slow. This may be temporary. */
  | "unavailable"
  /** Another process replaced a file after this one read it. */
  | "conflict"
  /** The database needs more memory than there is, usually because of very long values. */
  | "memory"
  /** The folder or bucket could not be read or written. */
  | "storage";

/** The codes for a ledger whose location cannot be used: nothing was read or written. */
export const CONFIGURATION_CODES = [
  "configuration",
  "unreachable",
  "unsupported-location",
] as const satisfies readonly LedgerErrorCode[];

/** An error of the ledger. The message says what is wrong, where, and what to do. */
export class LedgerError extends Error {
  override readonly name: string = "LedgerError";
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error or a warning about an input, with its place. */
export interface Diagnostic {
  /** `error`: the row or the input is invalid. `warning`: it is valid but probably unintended. */
  severity: "error" | "warning";
  /** The name that the caller gave the input. */
  file: string;
  /** Counts from 1 and includes the header, as in a text editor. */
  line: number;
  /** The column's name in the file; absent if the whole line or the whole input is meant. */
  column?: string;
  /** Shortened and with control characters as escapes: safe to print. Empty if the whole input or column is meant. */
  value: string;
  reason: string;
  advice?: string;
}

/** The inputs cannot be planned: nothing was written, and nothing can be sent. */
export class InputError extends LedgerError {
  override readonly name: string = "InputError";
  /** The errors with their places in the files; empty if there are no places. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(message: string, diagnostics: readonly Diagnostic[] = [], options?: ErrorOptions) {
    super("input", message, options);
    this.diagnostics = diagnostics;
  }
}
