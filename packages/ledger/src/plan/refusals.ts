import { InputError } from "../ledger-error.ts";

/** Lines of a message; more would only hide the first ones. */
const SHOWN = 20;

/** An input that cannot be used as a whole; told at its first line. */
export function fileRefusal(file: string, reason: string, advice?: string, options?: ErrorOptions): InputError {
  const message = `${file} ${reason}.${advice === undefined ? "" : ` ${advice}`}`;
  return new InputError(
    message,
    [{ file, line: 1, value: "", reason, ...(advice !== undefined && { advice }) }],
    options,
  );
}

/** What is wrong with the inputs as a whole, gathered so that all of it is told at once. */
export interface Refusals {
  /** The result; undefined where the input is refused. Throws everything but `InputError`. */
  gather<Result>(work: () => Promise<Result>): Promise<Result | undefined>;
  /** Throws all that was gathered as one `InputError`. */
  throwAny(): void;
}

export function createRefusals(): Refusals {
  const errors: InputError[] = [];
  return {
    async gather(work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        errors.push(error);
        return undefined;
      }
    },
    throwAny() {
      if (errors.length > 0) throw oneRefusal(errors);
    },
  };
}

/** Several errors as one, with the faults of all of them. */
export function oneRefusal(errors: readonly InputError[]): InputError {
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return first;
  const lines = errors.slice(0, SHOWN).map(({ message }) => message);
  if (errors.length > lines.length) lines.push(`... ${errors.length - lines.length} more`);
  return new InputError(
    lines.join("\n  "),
    errors.flatMap(({ faults }) => faults),
    { cause: errors },
  );
}
