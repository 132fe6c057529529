import { InputError } from "../ledger-error.ts";

/** The most errors that a message lists, one on each line. */
const SHOWN = 20;

/** Makes the error for an input that cannot be used as a whole. It names the input's first line, if no other is given. */
export function fileError(
  file: string,
  reason: string,
  advice?: string,
  { line = 1, ...options }: ErrorOptions & { line?: number } = {},
): InputError {
  const message = `${file} ${reason}.${advice === undefined ? "" : ` ${advice}`}`;
  return new InputError(
    message,
    [{ severity: "error", file, line, value: "", reason, ...(advice !== undefined && { advice }) }],
    options,
  );
}

/** Collects the errors of inputs that cannot be used as a whole, so that one message reports all of them. */
export interface ErrorCollector {
  /** Returns the result of `work`; undefined if it throws an `InputError`. Rethrows all other errors. */
  collect<Result>(work: () => Promise<Result>): Promise<Result | undefined>;
  /** Throws all collected errors as one `InputError`. */
  throwIfAny(): void;
}

export function createErrorCollector(): ErrorCollector {
  const errors: InputError[] = [];
  return {
    async collect(work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        errors.push(error);
        return undefined;
      }
    },
    throwIfAny() {
      if (errors.length > 0) throw combineErrors(errors);
    },
  };
}

/** Returns one error with the messages and diagnostics of several. */
export function combineErrors(errors: readonly InputError[]): InputError {
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return first;
  const lines = errors.slice(0, SHOWN).map(({ message }) => message);
  if (errors.length > lines.length) lines.push(`... ${errors.length - lines.length} more`);
  return new InputError(
    lines.join("\n  "),
    errors.flatMap(({ diagnostics }) => diagnostics),
    { cause: errors },
  );
}
